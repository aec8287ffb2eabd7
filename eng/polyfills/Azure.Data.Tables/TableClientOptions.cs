namespace Azure.Data.Tables;

using Azure.Core;

public class TableClientOptions : ClientOptions;
