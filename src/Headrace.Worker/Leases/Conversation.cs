using Headrace.Core;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Leases;

/// <summary>
/// Implements the worker's side of the exchange protocol (R6): one numbered exchange is open at a time, exchange n + 1
/// follows reply n, and an unanswered exchange n is sent again with the same number. Besides it, up to three reports
/// are in flight, each with the changes that are not yet sent.
/// </summary>
internal sealed class Conversation(
    WorkerIdentity self,
    IReadOnlyList<Offer> offers,
    LeaseBook book,
    Workload workload,
    Line line
)
{
    private readonly List<Offer> _offersWithoutSchemas = [.. offers.Select(offer => offer with { Schema = "" })];
    private readonly HashSet<long> _reports = [];

    /// <summary>The number of the open exchange, or of the next one.</summary>
    private long _number = 1;

    /// <summary>
    /// The message of the exchange that is in flight; 0 for none. Replies to earlier messages of the exchange are
    /// ignored.
    /// </summary>
    private long _try;

    private bool _drainInTry;

    // Schemas are sent with the first exchange, and again after any failure, because a different server that does not
    // know them may reply.
    private bool _tellSchemas = true;
    private int _prefetchTold;
    private Elapsed _progressSent = new(long.MinValue);
    private Elapsed _logsSent = new(long.MinValue);

    /// <summary>Gets the store id of the first reply; empty before.</summary>
    public string Store { get; private set; } = "";

    /// <summary>
    /// Gets whether the broker knows that this worker accepts no more jobs, so that no reply can contain a lease.
    /// </summary>
    public bool DrainTold { get; private set; }

    /// <summary>Handles a reply. Returns false when the message is not in flight.</summary>
    public bool Take(long message, ExchangeReply reply)
    {
        if (!line.Answered(message, reply.Lease?.ToTimeSpan() ?? TimeSpan.Zero))
            return false;
        if (!_reports.Remove(message))
        {
            (_try, _tellSchemas) = (0, false);
            _number++;
            DrainTold |= _drainInTry;
        }
        if (Store.Length == 0)
            Store = reply.Store;
        foreach (var ack in reply.Acks)
            book.Acknowledge(ack.Lease);
        book.Unload(message, answered: true);
        return true;
    }

    /// <summary>Handles a message that received no reply. Returns false when the message is not in flight.</summary>
    public bool Lose(long message, Silence why, WorkerTurn turn)
    {
        if (!line.Failed(message, why.ServerThere, turn.Now))
            return false;
        if (!_reports.Remove(message))
            _try = 0;
        _tellSchemas = true;
        book.Unload(message, answered: false);
        return true;
    }

    public void Speak(WorkerTurn turn)
    {
        // A parked exchange may still return leases. It is replaced by the same exchange number marked as draining,
        // whose reply contains no new leases.
        if (_try != 0 && workload.Closed && !_drainInTry && !DrainTold)
            GiveUp(turn);
        if (!line.MaySend(turn.Now))
        {
            turn.WakeBy(line.NextTry);
            return;
        }
        // Wait for a job that is about to end and send its outcome along: a message of its own would cost as much as
        // running the job.
        if (_try == 0 && (book.AnyUntold || !workload.EndsSoon(turn)))
            Exchange(turn);
        while (_reports.Count < WorkerRules.ReportsInFlight && News(turn.Now) is { } due)
        {
            if (due > turn.Now)
            {
                turn.WakeBy(due);
                return;
            }
            Report(turn);
        }
    }

    private void GiveUp(WorkerTurn turn)
    {
        turn.Add(new WorkerStep.GiveUp(_try));
        line.Drop(_try);
        book.Unload(_try, answered: false);
        _try = 0;
    }

    private void Exchange(WorkerTurn turn)
    {
        _try = line.Sent(turn.Now);
        _drainInTry = workload.Closed;
        var request = Message(turn.Now);
        request.ExchangeNumber = (ulong)_number;
        // The server replies immediately to the join, to the first exchange after an outage and to the first message of
        // a drain: only a reply confirms that they arrived.
        request.Wait = WireTime.Of(!line.IsUp || (_drainInTry && !DrainTold) ? TimeSpan.Zero : line.Park);
        request.Draining = workload.Closed;
        request.Offers.AddRange(_tellSchemas ? offers : _offersWithoutSchemas);
        book.List(request);
        _progressSent = turn.Now;
        Load(request, _try, turn.Now);
        turn.Add(new WorkerStep.Send(_try, request, line.Patience));
    }

    private void Report(WorkerTurn turn)
    {
        var message = line.Sent(turn.Now);
        _reports.Add(message);
        var request = Message(turn.Now);
        var withProgress = turn.Now >= _progressSent + WorkerRules.ProgressPeriod;
        book.ListNews(request, turn.Now - WorkerRules.StartDelay, withProgress);
        if (withProgress)
            _progressSent = turn.Now;
        Load(request, message, turn.Now);
        turn.Add(new WorkerStep.Send(message, request, line.Patience));
    }

    private void Load(ExchangeRequest request, long message, Elapsed now)
    {
        book.Carry(request, message);
        if (now >= _logsSent + WorkerRules.LogPeriod && book.CarryLogs(request))
            _logsSent = now;
    }

    private ExchangeRequest Message(Elapsed now)
    {
        _prefetchTold = workload.Prefetch(now);
        return new ExchangeRequest
        {
            Store = Store,
            Worker = self.Name.Text,
            Incarnation = self.Incarnation.Value,
            Pool = self.Pool,
            Slots = (uint)workload.Slots,
            Prefetch = (uint)_prefetchTold,
        };
    }

    /// <summary>Returns the time at which the next report is due; null when there is nothing to report.</summary>
    private Elapsed? News(Elapsed now)
    {
        if (book.AnyUntold)
            return now;
        Elapsed? due = workload.IsStalled(now) && _prefetchTold > 0 ? now : null;
        foreach (var job in book.Running)
        {
            if (job.Disowned)
                continue;
            if (!job.StartTold)
                due = Earlier(due, job.Started + WorkerRules.StartDelay);
            if (!job.ProgressTold)
                due = Earlier(due, _progressSent + WorkerRules.ProgressPeriod);
            if (!job.LogTold)
                due = Earlier(due, _logsSent + WorkerRules.LogPeriod);
        }
        return due;
    }

    private static Elapsed Earlier(Elapsed? a, Elapsed b) => a is { } at && at < b ? at : b;
}
