@description('The principal of the app\'s identity.')
param principalId string

param storageAccountName string
param applicationInsightsName string

resource storageAccount 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageAccountName
}

resource applicationInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: applicationInsightsName
}

// All permissions of the app: built-in roles, each on the one resource that it is needed for.
var roles = [
  {
    id: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
    description: 'The Functions host stores its package, its locks and its timer\'s schedule in blobs.'
    resourceId: storageAccount.id
  }
  {
    id: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
    description: 'The service stores all its state in tables.'
    resourceId: storageAccount.id
  }
  {
    id: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
    description: 'Application Insights accepts telemetry only from identities with this role.'
    resourceId: applicationInsights.id
  }
]

module assignments 'role-assignment.json' = [
  for role in roles: {
    params: {
      resourceId: role.resourceId
      roleId: role.id
      principalId: principalId
      description: role.description
    }
  }
]
