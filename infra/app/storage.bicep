@minLength(3)
@maxLength(24)
@description('The account\'s name.')
param name string

param location string
param tags object

@description('Whether the account can be reached from the internet, by identities with a role on it.')
param publicNetworkAccess bool

@description('Whether every write is replicated to three zones.')
param zoneRedundant bool

resource account 'Microsoft.Storage/storageAccounts@2025-06-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: {
    name: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
  }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicNetworkAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      bypass: 'None'
      defaultAction: publicNetworkAccess ? 'Allow' : 'Deny'
    }
  }

  // api.bicep refers to the container of the app's package.
  resource blobService 'blobServices' = {
    name: 'default'

    resource deploymentContainer 'containers' = {
      name: 'app-package'
      properties: {
        publicAccess: 'None'
      }
    }
  }

  // The Functions host moves a message that has failed five times to the poison queue, which has a function of its own.
  resource queueService 'queueServices' = {
    name: 'default'

    resource polls 'queues' = {
      name: 'creds-polls'
    }

    resource poisonedPolls 'queues' = {
      name: 'creds-polls-poison'
    }
  }

  // Must match DeviceCodeTables.Names.
  resource tableService 'tableServices' = {
    name: 'default'

    resource deviceAuthorizations 'tables' = {
      name: 'DeviceAuthorizations'
    }

    resource wrongGuesses 'tables' = {
      name: 'WrongGuesses'
    }

    resource grants 'tables' = {
      name: 'Grants'
    }

    resource credentials 'tables' = {
      name: 'Credentials'
    }
  }
}

output endpoints object = account.properties.primaryEndpoints
