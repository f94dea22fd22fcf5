using Headrace.TestWorker;
using Headrace.Worker;

// A worker whose methods harm their own process. The tests run it in a separate process.
var app = HeadraceWorker.Create(args);
app.MapMethod("block-pool", PoolBlocker.RunAsync);
app.MapMethod("block-pool-exclusive", PoolBlocker.RunAsync).Exclusive();
return await app.RunAsync();
