// The vault of the signing key and the notification secret. infra/scripts/secrets.sh makes the two:
// a template would write them anew with each deployment.
param name string
param location string
param tags object

@description('Once it is on it stays on: a deleted vault keeps its name for 90 days.')
param purgeProtection bool

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enablePurgeProtection: purgeProtection ? true : null
    // References of an app on Flex Consumption do not resolve where the vault restricts networks.
    publicNetworkAccess: 'Enabled'
  }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
