using Headrace.Apps.Benchop;
using Headrace.Apps.Benchop.Methods;
using Headrace.TestWorker;
using Headrace.Worker;

// A worker whose methods damage or end their own process. The tests run it in a separate process.
var app = HeadraceWorker.Create(args);

// If this variable is set, the worker offers the pricing methods, and the method that the variable names hangs.
if (Environment.GetEnvironmentVariable("TEST_WORKER_HANGS") is { Length: > 0 } hanging)
{
    foreach (var method in MethodCatalogue.All)
        BenchopApp.Map(app, method.Card.Name == hanging ? new HangingMethod(method) : method);
    return await app.RunAsync();
}

// If this variable is set, the handlers that run when the process exits do not return.
if (Environment.GetEnvironmentVariable("TEST_WORKER_BLOCKS_EXIT") is { Length: > 0 })
    AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        using var never = new ManualResetEventSlim();
        never.Wait(TimeSpan.FromMinutes(10));
    };

app.MapMethod("block-pool", PoolBlocker.RunAsync);
app.MapMethod("block-pool-exclusive", PoolBlocker.RunAsync).Exclusive();
return await app.RunAsync();
