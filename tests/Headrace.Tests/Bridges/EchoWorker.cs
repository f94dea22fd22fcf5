using Headrace.Protocol.Wire;
using Headrace.Tests.Server;

namespace Headrace.Tests.Bridges;

/// <summary>A worker that returns the body of each job as its result, until it is disposed.</summary>
internal sealed class EchoWorker : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    private EchoWorker(FrontWorker worker) => _run = RunAsync(worker);

    public static async Task<EchoWorker> StartAsync(FrontScene scene, string method) =>
        new(await scene.JoinAsync(method));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _run;
        _stop.Dispose();
    }

    private async Task RunAsync(FrontWorker worker)
    {
        while (!_stop.IsCancellationRequested)
            foreach (var job in (await worker.ExchangeAsync(waitSeconds: 0.2)).Leases)
                await worker.SucceedAsync(job, job.Body.ToByteArray(), ContentTypeOf(job));
    }

    private static string ContentTypeOf(LeasedJob job) =>
        job.ContentType.Length > 0 ? job.ContentType : "application/octet-stream";
}
