using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Worker.Exchange;

/// <summary>
/// Sends the children of running attempts, until the server has decided about them. It uses the thread pool, because
/// only the methods that submit children wait for it; leases do not depend on it.
/// </summary>
internal sealed class ChildSubmitter(IExchangeTransport transport, WorkerIdentity self, TimeProvider clock)
    : IDisposable
{
    /// <summary>Maximum number of submissions in flight. Each has a connection and a thread of its own.</summary>
    private const int MaxInFlight = 4;

    private static readonly TimeSpan ReplyTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan InitialBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _inFlight = new(MaxInFlight);

    /// <summary>Sets the id of the store, from the replies to exchanges. Any thread may set it.</summary>
    public string Store { private get; set; } = "";

    /// <summary>
    /// Sends a submission, again and again without a reply. Returns the reply, or the reason why there will never be
    /// one: the server refuses the message, or the attempt has ended meanwhile.
    /// </summary>
    /// <param name="lease">The attempt.</param>
    /// <param name="number">The number of the submission.</param>
    /// <param name="jobs">The children.</param>
    /// <param name="isOver">Returns whether the attempt has ended.</param>
    public async Task<ExchangeAnswer> SendAsync(
        LeaseToken lease,
        int number,
        List<SubmitJob> jobs,
        Func<bool> isOver
    )
    {
        var request = new SubmitChildren
        {
            Lease = lease,
            Store = Store,
            Worker = self.Name.Text,
            Incarnation = self.Incarnation.Value,
            Number = (uint)number,
            Jobs = jobs,
        };
        for (var backoff = InitialBackoff; ; backoff = backoff * 2 > MaxBackoff ? MaxBackoff : backoff * 2)
        {
            var answer = await SendOnceAsync(request);
            if (answer.NoReply is not { IsPermanent: false })
                return answer;
            if (isOver())
                return new NoReply("The attempt has ended.", IsPermanent: true);
            await Task.Delay(backoff, clock);
        }
    }

    public void Dispose() => _inFlight.Dispose();

    private async Task<ExchangeAnswer> SendOnceAsync(SubmitChildren request)
    {
        await _inFlight.WaitAsync();
        try
        {
            var answered = new TaskCompletionSource<ExchangeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            var sent = transport.Send(request, answer => answered.TrySetResult(answer));
            using var stop = new CancellationTokenSource();
            if (await Task.WhenAny(answered.Task, Task.Delay(ReplyTimeout, clock, stop.Token)) != answered.Task)
                return sent.TimeOut(ReplyTimeout);
            await stop.CancelAsync();
            return await answered.Task;
        }
        finally
        {
            _inFlight.Release();
        }
    }
}
