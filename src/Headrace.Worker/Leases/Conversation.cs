using Headrace.Core;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Leases;

/// <summary>
/// The worker's side of exchange and report (R6): one numbered exchange open, n + 1 after reply n, an unanswered n
/// again as n; beside it at most three reports,
/// each with whatever waits to be told.
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

    /// <summary>The exchange that is open or comes next.</summary>
    private long _number = 1;

    /// <summary>The try of it that is under way; 0 for none. Only this one's reply is read.</summary>
    private long _try;

    private bool _drainInTry;

    // Schemas go with the first exchange, and again after any failure: another server may answer, which has yet to
    // learn them.
    private bool _tellSchemas = true;
    private int _prefetchTold;
    private Elapsed _progressSent = new(long.MinValue);
    private Elapsed _logsSent = new(long.MinValue);

    /// <summary>The store of the first reply; empty before.</summary>
    public string Store { get; private set; } = "";

    /// <summary>The broker knows that we take nothing more, and no reply can bring a lease.</summary>
    public bool DrainTold { get; private set; }

    /// <summary>Takes in a reply; false when nobody waits for it.</summary>
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

    /// <summary>A message got no reply; false when nobody waits for one.</summary>
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
        // A parked exchange may still bring leases. The same number with the word that we drain takes its place: its
        // reply brings no new ones.
        if (_try != 0 && workload.Closed && !_drainInTry && !DrainTold)
            GiveUp(turn);
        if (!line.MaySend(turn.Now))
        {
            turn.WakeBy(line.NextTry);
            return;
        }
        // What ends in a moment goes along: its own message would cost as much as running the job.
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
        // The join, the first exchange after an outage and the first word of a drain are answered at once: only an
        // answer tells that they have arrived.
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

    /// <summary>When there is something to report; null for nothing.</summary>
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
