// The broker's own storage account: the host's blobs, the package, and the runs if no other is named.
param name string
param location string
param tags object

@allowed(['Standard_LRS', 'Standard_ZRS'])
param sku string

@description('Container of the deployed package. It is there before the app is.')
param packageContainer string

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: account
  name: 'default'
}

resource packages 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: packageContainer
}

output name string = account.name
output blobEndpoint string = account.properties.primaryEndpoints.blob
