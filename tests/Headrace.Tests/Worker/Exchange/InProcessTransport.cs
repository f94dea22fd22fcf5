using Headrace.Protocol.Exchange;
using Headrace.Server.Workers;
using Headrace.Worker.Exchange;
using Headrace.Worker.Leases;

namespace Headrace.Tests.Worker.Exchange;

/// <summary>The fate of a message on the simulated network.</summary>
internal enum Fate
{
    Delivered,
    RequestLost,
    ReplyLost,
}

/// <summary>
/// Passes messages to the server's exchange handler in this process, over a network that the test controls.
/// </summary>
internal sealed class InProcessTransport(ExchangeHandler desk, CancellationToken testEnded) : IExchangeTransport
{
    private readonly Lock _lock = new();
    private readonly List<ExchangeRequest> _sent = [];
    private int _unanswered;

    /// <summary>
    /// The function that decides the fate of each message. By default, every message is delivered. The worker loop
    /// calls it.
    /// </summary>
    public Func<ExchangeRequest, Fate> Network { get; set; } = _ => Fate.Delivered;

    /// <summary>All messages so far, including lost ones.</summary>
    public IReadOnlyList<ExchangeRequest> Sent
    {
        get
        {
            lock (_lock)
                return [.. _sent];
        }
    }

    /// <summary>The number of messages whose answer has not been passed to the worker yet.</summary>
    public int Unanswered => Volatile.Read(ref _unanswered);

    public ISentMessage Send(ExchangeRequest request, Action<ExchangeAnswer> onAnswer)
    {
        var sent = new Message();
        Interlocked.Increment(ref _unanswered);
        _ = CountedAsync(AnswerAsync(request, onAnswer, sent.Aborted));
        return sent;
    }

    public ISentMessage Send(SubmitChildren request, Action<ExchangeAnswer> onAnswer) =>
        throw new NotSupportedException("This network passes no children on.");

    private async Task CountedAsync(Task answered)
    {
        await answered;
        Interlocked.Decrement(ref _unanswered);
    }

    private async Task AnswerAsync(ExchangeRequest request, Action<ExchangeAnswer> onAnswer, Task aborted)
    {
        using var stop = new CancellationTokenSource();
        ExchangeAnswer answer;
        try
        {
            var exchange = ExchangeAsync(request, stop.Token);
            if (await Task.WhenAny(exchange, aborted) == aborted)
                await stop.CancelAsync();
            answer = await exchange;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        catch (Exception unexpected)
        {
            answer = new NoReply($"The message could not be sent: {unexpected}");
        }
        onAnswer(answer);
    }

    private async Task<ExchangeAnswer> ExchangeAsync(ExchangeRequest request, CancellationToken cancellationToken)
    {
        request = Copy.Of(request);
        lock (_lock)
            _sent.Add(request);
        var fate = Network(request);
        if (fate == Fate.RequestLost)
            return new NoReply("The request was lost.");
        if (!ExchangeReading.Read(request.Worker, request).TryGet(out var command, out var fault))
            return new NoReply($"The request was rejected: {fault}", IsPermanent: true);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, testEnded);
        var answered = await desk.HandleAsync(command, 1, either.Token);
        var isAccepted = answered.TryGet(out var outgoing, out var refused);
        using (outgoing)
        {
            if (fate == Fate.ReplyLost)
                return new NoReply("The reply was lost.");
            return isAccepted
                ? Copy.Of(outgoing!.Reply)
                : new NoReply($"The request was rejected: {refused}", IsPermanent: true);
        }
    }

    public void Dispose() { }

    private sealed class Message : ISentMessage
    {
        private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Aborted => _aborted.Task;

        public void Abort() => _aborted.TrySetResult();

        public NoReply TimeOut(TimeSpan limit)
        {
            Abort();
            return new NoReply($"The server did not reply within {limit.TotalSeconds:0.#} s.");
        }
    }
}
