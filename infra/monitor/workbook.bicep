param location string
param tags object
param logAnalyticsName string

resource logAnalytics 'Microsoft.OperationalInsights/workspaces@2025-07-01' existing = {
  name: logAnalyticsName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, 'logins')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'DeviceCode logins'
    category: 'workbook'
    sourceId: logAnalytics.id
    serializedData: loadTextContent('workbook.json')
    version: '1.0'
  }
}
