"""What Azure knows, as its documentation said on the day it was read: roles, versions, settings."""

READ = "2026-11-27"
"""The day on which the sources below were read."""

ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
}
"""Microsoft Learn, *Azure built-in roles* (page of 2026-04-09), and *Azure RBAC for Key Vault*."""

ASSIGNED = frozenset(
    {
        ("Storage Blob Data Owner", "account", "principalId"),
        ("Storage Queue Data Contributor", "account", "principalId"),
        ("Storage Table Data Contributor", "account", "principalId"),
        ("Monitoring Metrics Publisher", "insights", "principalId"),
        ("Key Vault Secrets User", "vault", "principalId"),
        ("Key Vault Secrets Officer", "vault", "deployerId"),
    }
)
"""All that may be assigned: the role, what it is for, and to whom."""

API_VERSIONS = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/scheduledQueryRules": "2023-12-01",
    "Microsoft.KeyVault/vaults": "2023-07-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2023-01-31",
    "Microsoft.OperationalInsights/workspaces": "2023-09-01",
    "Microsoft.Resources/resourceGroups": "2024-11-01",
    "Microsoft.Storage/storageAccounts": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2023-05-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2023-05-01",
    "Microsoft.Web/serverfarms": "2024-11-01",
    "Microsoft.Web/sites": "2024-11-01",
    "Microsoft.Web/sites/config": "2024-11-01",
}
"""Versions that exist: github.com/Azure/bicep-types-az, and Microsoft's own samples and templates.

Of Microsoft.Web 2024-11-01 is the first with `siteUpdateStrategy` (*Site update strategies in Flex
Consumption*, 2025-10-28).
"""

FORBIDDEN_SETTINGS = frozenset(
    {
        "AzureWebJobsDashboard",
        "ENABLE_ORYX_BUILD",
        "FUNCTIONS_EXTENSION_VERSION",
        "FUNCTIONS_MAX_HTTP_CONCURRENCY",
        "FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED",
        "FUNCTIONS_WORKER_PROCESS_COUNT",
        "FUNCTIONS_WORKER_RUNTIME",
        "FUNCTIONS_WORKER_RUNTIME_VERSION",
        "SCM_DO_BUILD_DURING_DEPLOYMENT",
        "TZ",
        "WEBSITE_CONTENTAZUREFILECONNECTIONSTRING",
        "WEBSITE_CONTENTOVERVNET",
        "WEBSITE_CONTENTSHARE",
        "WEBSITE_DNS_SERVER",
        "WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT",
        "WEBSITE_MOUNT_ENABLED",
        "WEBSITE_NODE_DEFAULT_VERSION",
        "WEBSITE_RUN_FROM_PACKAGE",
        "WEBSITE_SKIP_CONTENTSHARE_VALIDATION",
        "WEBSITE_TIME_ZONE",
        "WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED",
        "WEBSITE_VNET_ROUTE_ALL",
    }
)
"""App settings that Flex Consumption does not take.

Microsoft Learn, *App settings reference for Azure Functions*, "Flex Consumption plan
deprecations"; the Azure CLI leaves out the same when it moves an app there (`az functionapp
flex-migration`).
"""

FORBIDDEN_PROPERTIES = frozenset({"linuxFxVersion", "windowsFxVersion", "functionAppScaleLimit"})
"""Properties of a site that `functionAppConfig` has replaced (the same section)."""

HOST_SETTINGS = frozenset(
    {
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "APPLICATIONINSIGHTS_CONNECTION_STRING",
        "AzureWebJobsStorage",
        "AzureWebJobsStorage__blobServiceUri",
        "AzureWebJobsStorage__clientId",
        "AzureWebJobsStorage__credential",
        "AzureWebJobsStorage__queueServiceUri",
        "AzureWebJobsStorage__tableServiceUri",
        "FUNCTIONS_WORKER_RUNTIME",
        "PYTHON_THREADPOOL_THREAD_COUNT",
    }
)
"""What the host and the worker read, and not the app (*App settings reference*; *Connections*)."""

TOLD_BY_AZURE = frozenset({"IDENTITY_ENDPOINT", "WEBSITE_HOSTNAME"})
"""What App Service tells an app, and nobody sets."""

FUNCTIONS = frozenset(
    {
        *("allowed", "contains", "description", "empty", "environment", "format", "guid", "json"),
        *("maxLength", "maxValue", "minLength", "minValue", "readEnvironmentVariable"),
        *("resourceGroup", "subscription", "subscriptionResourceId", "tenant", "toLower"),
        *("union", "uniqueString"),
    }
)
"""Functions and decorators of Bicep that infra/ uses (*Bicep functions*)."""
