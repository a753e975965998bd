"""What is made wrong in copies of infra/, and which check has to find it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from local.infra_checks import app_settings, deployment, events, resources, syntax, values
from local.infra_checks.sources import APP, MAIN, PAGE, PARAMETERS, SAMPLE, Fault, Sources

STORAGE = "infra/modules/storage.bicep"
ROLES = "infra/modules/roles.bicep"
RUN_ROLES = "infra/modules/run-storage-roles.bicep"
VAULT = "infra/modules/key-vault.bicep"
Check = Callable[[Sources], list[Fault]]


class Break(NamedTuple):
    """What is made wrong: in a file a text is another; `thing` is named by the fault in `found`."""

    check: Check
    path: str
    old: str
    new: str
    thing: str
    found: str = ""


BREAKS = [
    Break(syntax.check_syntax, APP, "properties: union(", "properties: union((", "line"),
    Break(syntax.check_syntax, MAIN, "var tags = {", "var tags = ", "line"),
    Break(syntax.check_syntax, PARAMETERS, "json(readEnv", "json((readEnv", "line"),
    Break(syntax.check_names, APP, "serverFarmId: plan.id", "serverFarmId: plann.id", "plann"),
    Break(syntax.check_names, MAIN, "toLower(", "lower(", "lower"),
    Break(
        syntax.check_names,
        MAIN,
        "param alertEmail",
        "param nobody string\nparam alertEmail",
        "nobody",
    ),
    Break(syntax.check_names, "infra/modules/alerts.bicep", "rule.text", "each.text", "each"),
    Break(syntax.check_modules, MAIN, "    sku: chosen.storageSku\n", "", "gives no sku"),
    Break(syntax.check_modules, MAIN, "insightsName: moni", "inSightsName: moni", "inSightsName"),
    Break(
        syntax.check_modules, MAIN, "modules/storage.bicep", "modules/store.bicep", "store.bicep"
    ),
    Break(
        syntax.check_modules, MAIN, "vault.outputs.uri", "vault.outputs.url", "vault.outputs.url"
    ),
    Break(
        syntax.check_modules, STORAGE, "output name", "output title", "storage.outputs.name", MAIN
    ),
    Break(syntax.check_modules, STORAGE, "param tags object", "", "gives tags", MAIN),
    Break(syntax.check_parameters, PARAMETERS, "param dataverseUrl", "param url", "dataverseUrl"),
    Break(
        syntax.check_parameters, MAIN, "param size string", "param sise string", "size", PARAMETERS
    ),
    Break(values.check_members, MAIN, "chosen.ready", "chosen.steady", "chosen.steady"),
    Break(values.check_members, MAIN, "    instances: 40\n", "", "chosen.instances"),
    Break(values.check_members, MAIN, "  redundant: {", "  zonal: {", "sizes[size]"),
    Break(values.check_members, events.ALERTS, "    severity: 2\n", "", "rule.severity"),
    Break(values.check_allowed, MAIN, "string = 'standard'", "string = 'normal'", "size"),
    Break(values.check_allowed, MAIN, "'Standard_ZRS'", "'Premium_ZRS'", "sku may not be"),
    Break(values.check_allowed, PARAMETERS, "'RollingUpdate'", "'Rolling'", "siteUpdateStrategy"),
    Break(resources.check_versions, VAULT, "@2023-07-01", "@2032-07-01", "2032-07-01"),
    Break(resources.check_versions, VAULT, "KeyVault/vaults", "KeyVault/vault", "KeyVault/vault)"),
    Break(resources.check_roles, ROLES, "b7e6dc6d", "b7e6dc6e", "storageBlobDataOwner"),
    Break(
        resources.check_roles,
        ROLES,
        "4633458b-17de-408a-b874-0445c86b69e6",
        "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
        "keyVaultSecretsUser has the id of Key Vault Secrets Officer",
    ),
    Break(
        resources.check_roles, ROLES, "scope: vault", "scope: account", "Secrets User on account"
    ),
    Break(
        resources.check_roles, RUN_ROLES, "scope: account", "scope: all", "Queue Data Contributor"
    ),
    Break(
        resources.check_roles,
        RUN_ROLES,
        "roleDefinitions', storageQueueDataContributor)",
        "roleDefinitions', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')",
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    ),
    Break(
        resources.check_forbidden,
        APP,
        "var given = {",
        "var given = {\n  FUNCTIONS_WORKER_RUNTIME: 'python'",
        "FUNCTIONS_WORKER_RUNTIME",
    ),
    Break(
        resources.check_forbidden,
        APP,
        "minTlsVersion: '1.2'",
        "linuxFxVersion: 'PYTHON|3.11'",
        "linuxFxVersion",
    ),
    Break(
        resources.check_identity,
        STORAGE,
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
        "allowSharedKeyAccess",
    ),
    Break(
        resources.check_identity,
        "infra/modules/monitoring.bicep",
        "DisableLocalAuth: true",
        "DisableLocalAuth: false",
        "DisableLocalAuth",
    ),
    Break(
        resources.check_identity,
        APP,
        "    keyVaultReferenceIdentity: identityId\n",
        "",
        "keyVaultReferenceIdentity",
    ),
    Break(
        app_settings.check_template_settings,
        APP,
        "  DATAVERSE_URL: dataverseUrl\n",
        "",
        "DATAVERSE_URL is required",
    ),
    Break(
        app_settings.check_template_settings,
        APP,
        "RUN_STORAGE__credential: 'managedidentity'",
        "RUN_STORAGE__credential: 'managed'",
        "RUN_STORAGE__credential",
    ),
    Break(app_settings.check_template_settings, APP, "  RUN_TABLE:", "  RUNS_TABLE:", "RUNS_TABLE"),
    Break(
        app_settings.check_template_settings,
        APP,
        "PYTHON_THREADPOOL_THREAD_COUNT: '48'",
        "PYTHON_THREAD_COUNT: '48'",
        "PYTHON_THREAD_COUNT",
    ),
    Break(
        app_settings.check_defaults,
        SAMPLE,
        '"RETENTION_DAYS": "30"',
        '"RETENTION_DAYS": "90"',
        "RETENTION_DAYS is left to its default",
        APP,
    ),
    Break(
        app_settings.check_sample,
        SAMPLE,
        '"KEEP_INPUTS": "false"',
        '"KEEP_INPUT": "false"',
        "KEEP_INPUTS is missing",
    ),
    Break(
        app_settings.check_sample,
        SAMPLE,
        '"KEEP_INPUTS": "false"',
        '"KEEP_INPUTS": "false", "KEEP_ALL": ""',
        "KEEP_ALL",
    ),
    Break(
        app_settings.check_sample,
        SAMPLE,
        '"PYTHON_THREADPOOL_THREAD_COUNT": "48"',
        '"PYTHON_THREADPOOL_THREAD_COUNT": "8"',
        "PYTHON_THREADPOOL_THREAD_COUNT",
    ),
    Break(
        deployment.check_outputs,
        MAIN,
        "output BROKER_VAULT",
        "output VAULT",
        "BROKER_VAULT",
        "infra/scripts/secrets.sh",
    ),
    Break(deployment.check_outputs, PAGE, "BROKER_HOST", "BROKER_HOTS", "BROKER_HOTS"),
    Break(
        deployment.check_outputs,
        MAIN,
        "output BROKER_HOST",
        "output UNTOLD string = ''\noutput BROKER_HOST",
        "UNTOLD",
    ),
    Break(deployment.check_inputs, PARAMETERS, "'ALERT_EMAIL'", "'ALERT_MAIL'", "ALERT_MAIL"),
    Break(deployment.check_services, "azure.yaml", "  broker:", "  api:", "api"),
    Break(
        deployment.check_services,
        MAIN,
        "'azd-service-name': 'broker'",
        "'azd-service-name': 'api'",
        "api",
    ),
    Break(deployment.check_secrets, APP, "'callback-signing-key'", "'signing-key'", "signing-key"),
    Break(
        deployment.check_files, "azure.yaml", "scripts/secrets.sh", "scripts/secret.sh", "secret.sh"
    ),
    Break(deployment.check_files, ".funcignore", "infra/\n", "", "infra/"),
    Break(deployment.check_files, ".funcignore", "azure.yaml\n", "", "azure.yaml"),
    Break(
        events.check_alerts,
        events.ALERTS,
        '"run.needs_operator "',
        '"run.need_operator "',
        "run.need_operator",
    ),
    Break(
        events.check_alerts,
        events.ALERTS,
        "Functions.sweep'",
        "Functions.sweeper'",
        "Functions.sweeper",
    ),
    Break(
        events.check_alerts,
        "shared/services/rounds/survey.py",
        '"queue.poison"',
        '"queue.given_up"',
        "queue.poison",
        events.ALERTS,
    ),
    Break(
        events.check_always_ready,
        APP,
        "function:dispatch_lane",
        "function:dispatch",
        "function:dispatch",
    ),
    Break(
        events.check_always_ready,
        "shared/triggers/queues.py",
        '"dispatch_lane"',
        '"dispatch"',
        "function:dispatch_lane",
        APP,
    ),
    Break(events.check_always_ready, APP, "name: 'http'", "name: 'https'", "http"),
]
