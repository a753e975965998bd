// What `azd env set` and the shell's environment say; docs/deploy.md has the list.
using './main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param dataverseUrl = readEnvironmentVariable('DATAVERSE_URL')
param size = readEnvironmentVariable('BROKER_SIZE', 'standard')
param resourceGroupName = readEnvironmentVariable('AZURE_RESOURCE_GROUP', '')
param runStorageAccountName = readEnvironmentVariable('RUN_STORAGE_ACCOUNT', '')
param runStorageResourceGroup = readEnvironmentVariable('RUN_STORAGE_GROUP', '')
param runTable = readEnvironmentVariable('RUN_TABLE', '')
param queuePrefix = readEnvironmentVariable('QUEUE_PREFIX', '')
param alertEmail = readEnvironmentVariable('ALERT_EMAIL', '')
param siteUpdateStrategy = readEnvironmentVariable('SITE_UPDATE_STRATEGY', 'RollingUpdate')
param previousSecrets = json(readEnvironmentVariable('PREVIOUS_SECRETS', '[]'))
param settings = json(readEnvironmentVariable('BROKER_SETTINGS', '{}'))
param deployerId = readEnvironmentVariable('AZURE_PRINCIPAL_ID', '')
param deployerType = readEnvironmentVariable('AZURE_PRINCIPAL_TYPE', 'User')
