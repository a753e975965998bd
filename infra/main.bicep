// One broker: a function app on Flex Consumption, and what it stands on. One environment each.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the environment: of its resource group, and what all other names come from.')
param environmentName string

@minLength(1)
@description('Region. It has to offer Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string

@description('https://<host of the Dataverse environment> and nothing more.')
param dataverseUrl string

@allowed(['small', 'standard', 'redundant'])
@description('small: nothing is kept ready; standard: one instance of each; redundant: over zones.')
param size string = 'standard'

@description('Resource group; made if it is not there.')
param resourceGroupName string = ''

@description('Account for the runs, if it is to be another than the one made here.')
param runStorageAccountName string = ''

@description('Resource group of that account; empty: that of the broker.')
param runStorageResourceGroup string = ''

@description('Table of the runs. Two brokers in one account have two: by default they do.')
param runTable string = ''

@description('Before the names of all queues. Two brokers in one account have two: by default they do.')
param queuePrefix string = ''

@description('Who is told when an alert fires; empty: nobody, the alerts stand in the portal.')
param alertEmail string = ''

@allowed(['Recreate', 'RollingUpdate'])
@description('RollingUpdate lets what runs end before an instance goes; it is in preview.')
param siteUpdateStrategy string = 'RollingUpdate'

@description('Secrets whose predecessor is accepted too: callback-signing-key, notify-signing-secret.')
param previousSecrets array = []

@description('Settings of the app beside those that are set here, or instead of them, by name.')
param settings object = {}

@description('Object id of whoever deploys, to make the secrets; empty: somebody else makes them.')
param deployerId string = ''

@allowed(['User', 'ServicePrincipal', 'Group'])
param deployerType string = 'User'

// Flex Consumption takes 40 instances as the least maximum, and zones need two of what is ready.
var sizes = {
  small: {
    ready: 0
    instances: 40
    storageSku: 'Standard_LRS'
    zoneRedundant: false
    dailyLogGb: 1
    purgeProtection: false
  }
  standard: {
    ready: 1
    instances: 100
    storageSku: 'Standard_LRS'
    zoneRedundant: false
    dailyLogGb: -1
    purgeProtection: true
  }
  redundant: {
    ready: 2
    instances: 100
    storageSku: 'Standard_ZRS'
    zoneRedundant: true
    dailyLogGb: -1
    purgeProtection: true
  }
}
var chosen = sizes[size]
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var groupName = empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
var appName = 'func-${token}'
var packageContainer = 'app-package'
var shared = !empty(runStorageAccountName)
var runStorageGroup = shared && !empty(runStorageResourceGroup) ? runStorageResourceGroup : groupName

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: groupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    workspaceName: 'log-${token}'
    insightsName: 'appi-${token}'
    location: location
    tags: tags
    dailyLogGb: chosen.dailyLogGb
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  scope: group
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    sku: chosen.storageSku
    packageContainer: packageContainer
  }
}

module vault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  scope: group
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    purgeProtection: chosen.purgeProtection
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  scope: group
  params: {
    storageName: storage.outputs.name
    insightsName: monitoring.outputs.insightsName
    vaultName: vault.outputs.name
    principalId: identity.outputs.principalId
    deployerId: deployerId
    deployerType: deployerType
  }
}

module runStorageRoles 'modules/run-storage-roles.bicep' = {
  name: 'run-storage-roles-${token}'
  scope: resourceGroup(runStorageGroup)
  params: {
    storageName: shared ? runStorageAccountName : storage.outputs.name
    principalId: identity.outputs.principalId
  }
}

module app 'modules/function-app.bicep' = {
  name: 'function-app'
  scope: group
  params: {
    name: appName
    planName: 'plan-${token}'
    location: location
    tags: union(tags, { 'azd-service-name': 'broker' })
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostStorageName: storage.outputs.name
    packageAddress: '${storage.outputs.blobEndpoint}${packageContainer}'
    runStorageName: shared ? runStorageAccountName : storage.outputs.name
    runTable: !empty(runTable) ? runTable : (shared ? 'Runs${token}' : 'DesktopFlowRuns')
    queuePrefix: !empty(queuePrefix) ? queuePrefix : (shared ? '${token}-' : '')
    vaultUri: vault.outputs.uri
    previousSecrets: previousSecrets
    insightsConnection: monitoring.outputs.connection
    dataverseUrl: dataverseUrl
    settings: settings
    ready: chosen.ready
    instances: chosen.instances
    zoneRedundant: chosen.zoneRedundant
    siteUpdateStrategy: siteUpdateStrategy
  }
  // The package and the secrets are read by the identity: it may, before the app is there.
  dependsOn: [
    roles
    runStorageRoles
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    prefix: 'alert-${token}'
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    email: alertEmail
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output BROKER_APP string = app.outputs.name
output BROKER_APP_ID string = app.outputs.id
output BROKER_HOST string = app.outputs.host
output BROKER_VAULT string = vault.outputs.name
output BROKER_IDENTITY_CLIENT_ID string = identity.outputs.clientId
output BROKER_RUN_STORAGE string = app.outputs.runStorageName
output BROKER_REQUESTS_QUEUE string = app.outputs.requestsQueue
