// The function app on Flex Consumption, and every setting that it is given.
param name string
param planName string
param location string
param tags object
param identityId string
param identityClientId string
param hostStorageName string

@description('Address of the container that the package is kept in.')
param packageAddress string

param runStorageName string
param runTable string
param queuePrefix string
param vaultUri string
param previousSecrets array
param insightsConnection string
param dataverseUrl string

@description('Settings beside those below, or instead of them.')
param settings object

@description('How many instances are kept ready for HTTP, and how many for the lanes; 0: none.')
param ready int

@minValue(40)
@maxValue(1000)
param instances int

param zoneRedundant bool
param siteUpdateStrategy string

var signingKey = 'callback-signing-key'
var notifySecret = 'notify-signing-secret'
var secretsAddress = '${vaultUri}secrets/'
var hostStorage = '${hostStorageName}.{0}.${environment().suffixes.storage}'
var runStorage = '${runStorageName}.{0}.${environment().suffixes.storage}'

var given = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AzureWebJobsStorage__blobServiceUri: 'https://${format(hostStorage, 'blob')}'
  AzureWebJobsStorage__queueServiceUri: 'https://${format(hostStorage, 'queue')}'
  AzureWebJobsStorage__tableServiceUri: 'https://${format(hostStorage, 'table')}'
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnection
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: '48'
  AZURE_CLIENT_ID: identityClientId
  RUN_STORAGE__credential: 'managedidentity'
  RUN_STORAGE__clientId: identityClientId
  RUN_STORAGE__queueServiceUri: 'https://${format(runStorage, 'queue')}'
  RUN_STORAGE__tableServiceUri: 'https://${format(runStorage, 'table')}'
  RUN_TABLE: runTable
  QUEUE_PREFIX: queuePrefix
  DATAVERSE_URL: dataverseUrl
  CALLBACK_SIGNING_KEY: '@Microsoft.KeyVault(SecretUri=${secretsAddress}${signingKey})'
  NOTIFY_SIGNING_SECRET: '@Microsoft.KeyVault(SecretUri=${secretsAddress}${notifySecret})'
}
var previousKey = {
  CALLBACK_SIGNING_KEY_PREVIOUS: '@Microsoft.KeyVault(SecretUri=${secretsAddress}${signingKey}-previous)'
}
var previousSecret = {
  NOTIFY_SIGNING_SECRET_PREVIOUS: '@Microsoft.KeyVault(SecretUri=${secretsAddress}${notifySecret}-previous)'
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource site 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packageAddress
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.11'
      }
      scaleAndConcurrency: {
        maximumInstanceCount: instances
        instanceMemoryMB: 2048
        // A wake-up that waits for its slot is invisible, and brings no instance up by itself.
        alwaysReady: ready == 0 ? [] : [
          {
            name: 'http'
            instanceCount: ready
          }
          {
            name: 'function:dispatch_lane'
            instanceCount: ready
          }
        ]
      }
      siteUpdateStrategy: {
        type: siteUpdateStrategy
      }
    }
  }
}

resource siteSettings 'Microsoft.Web/sites/config@2024-11-01' = {
  parent: site
  name: 'appsettings'
  properties: union(
    given,
    contains(previousSecrets, signingKey) ? previousKey : {},
    contains(previousSecrets, notifySecret) ? previousSecret : {},
    settings
  )
}

output id string = site.id
output name string = site.name
output host string = site.properties.defaultHostName
output runStorageName string = runStorageName
output requestsQueue string = '${queuePrefix}run-requests'
