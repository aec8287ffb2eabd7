// Reads a JSON array of queries from standard input. Prints, for each query, the diagnostics of the language service of Azure Data
// Explorer.
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const require = createRequire(import.meta.url);
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { KustoCode, GlobalState, Symbols } = globalThis.Kusto.Language;

// The columns that the queries use, with their types in the reference of Azure Monitor Logs.
const tables = Object.entries({
  AppTraces: '(TimeGenerated: datetime, OperationId: string, Message: string, SeverityLevel: int, Properties: dynamic, ItemCount: int)',
  AppMetrics: '(TimeGenerated: datetime, Name: string, Sum: real, Min: real, Max: real, ItemCount: int, Properties: dynamic)',
  AppRequests: '(TimeGenerated: datetime, OperationId: string, Name: string, Url: string, Success: bool, ResultCode: string, DurationMs: real, '
    + 'ItemCount: int, Properties: dynamic)',
  // In Azure, a function over the table Operation.
  _LogOperation: '(TimeGenerated: datetime, Category: string, Operation: string, Level: string, Detail: string)',
  Usage: '(TimeGenerated: datetime, DataType: string, IsBillable: bool, Quantity: real, QuantityUnit: string)',
}).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor('logs', tables));

const findings = JSON.parse(await text(process.stdin)).map(query => {
  const diagnostics = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: diagnostics.Count }, (_, i) => diagnostics.getItem(i))
    .map(({ Message, Start, Length }) => `${Message} ${query.substr(Start, Length)}`);
});
console.log(JSON.stringify(findings));
