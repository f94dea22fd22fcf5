using Headrace.Core;
using Headrace.Protocol.Exchange;

namespace Headrace.Worker.Leases;

/// <summary>
/// Implements the worker's side of the exchange protocol (R6): one numbered exchange is open at a time, exchange n + 1
/// follows reply n, and an unanswered exchange n is sent again with the same number. In addition, up to three reports
/// can be in flight, each with the changes that have not been sent yet.
/// </summary>
internal sealed class ExchangeProtocol(
    WorkerIdentity self,
    OfferedMethods methods,
    LeaseTable book,
    Workload workload,
    ServerConnection serverConnection
)
{
    /// <summary>The reports in flight, each with the version of the offers that it contains; 0 for none.</summary>
    private readonly Dictionary<long, int> _reports = [];

    /// <summary>The number of the open exchange, or of the next one.</summary>
    private long _exchangeNumber = 1;

    /// <summary>
    /// The number of the message that contains the exchange in flight; 0 for none. Replies to earlier messages of the
    /// exchange are ignored.
    /// </summary>
    private long _attempt;

    private bool _drainInAttempt;

    // The version of the offers in the exchange in flight, and the latest version in any message that was answered.
    private int _offersInAttempt;
    private int _offersDelivered;

    // The version of the offers whose schemas the server knows; 0 for none. Schemas are sent with the first exchange,
    // and again after any failure, because the next reply may come from a different server that does not know them.
    private int _schemasKnown;
    private int _prefetchSent;
    private Elapsed _progressSent = new(long.MinValue);
    private Elapsed _logsSent = new(long.MinValue);

    /// <summary>Gets the store id from the first reply; empty before that reply.</summary>
    public string Store { get; private set; } = "";

    /// <summary>
    /// Gets a value indicating whether the broker knows that this worker accepts no more jobs, so that no reply can
    /// contain a lease.
    /// </summary>
    public bool DrainReported { get; private set; }

    /// <summary>Handles a reply. Returns false when the message is not in flight.</summary>
    public bool OnReply(long message, ExchangeReply reply, Elapsed now)
    {
        var lease = reply.Lease?.ToTimeSpan() ?? TimeSpan.Zero;
        if (!serverConnection.OnReply(message, lease, isExchange: !_reports.ContainsKey(message), now))
            return false;
        if (_reports.Remove(message, out var offers))
            OnOffersDelivered(offers);
        else
        {
            OnOffersDelivered(_offersInAttempt);
            _attempt = 0;
            _exchangeNumber++;
            DrainReported |= _drainInAttempt;
        }
        if (Store.Length == 0)
            Store = reply.Store;
        foreach (var ack in reply.Acks)
            book.Acknowledge(ack.Lease);
        book.Detach(message, answered: true);
        return true;
    }

    /// <summary>
    /// Handles a message to which no reply was received. Returns false when the message is not in flight.
    /// </summary>
    public bool OnNoReply(long message, NoReply why, StepContext context)
    {
        if (!serverConnection.OnFailure(message, why.ServerReachable, context.Now))
            return false;
        if (!_reports.Remove(message))
            _attempt = 0;
        _schemasKnown = 0;
        book.Detach(message, answered: false);
        return true;
    }

    public void SendDue(StepContext context)
    {
        // A parked exchange may still return leases. It is replaced by an exchange that has the same number and is
        // marked as draining. The reply to that exchange contains no new leases.
        if (_attempt != 0 && workload.Closed && !_drainInAttempt && !DrainReported)
            AbortExchange(context);
        if (!serverConnection.CanSend(context.Now))
        {
            context.WakeBy(serverConnection.NextAttemptAt);
            return;
        }
        // If a job is about to end, wait and send its outcome with this exchange, because a separate message would cost
        // as much as running the job.
        if (_attempt == 0 && (book.AnyUnsent || !workload.EndsSoon(context)))
            SendExchange(context);
        while (_reports.Count < WorkerRules.MaxReportsInFlight && NextReportAt(context.Now) is { } due)
        {
            if (due > context.Now)
            {
                context.WakeBy(due);
                return;
            }
            SendReport(context);
        }
    }

    private void AbortExchange(StepContext context)
    {
        context.Add(new WorkerStep.Abort(_attempt));
        serverConnection.Discard(_attempt);
        book.Detach(_attempt, answered: false);
        _attempt = 0;
    }

    private void SendExchange(StepContext context)
    {
        _attempt = serverConnection.OnSent(context.Now);
        _drainInAttempt = workload.Closed;
        var request = CreateMessage(context.Now);
        request.ExchangeNumber = (ulong)_exchangeNumber;
        // The server replies immediately to the join, to the first exchange after an outage and to the first message of
        // a drain, because only a reply confirms that they arrived.
        request.Wait = WireTime.Of(
            !serverConnection.IsConnected || (_drainInAttempt && !DrainReported)
                ? TimeSpan.Zero
                : serverConnection.ParkTime
        );
        request.Draining = workload.Closed;
        _offersInAttempt = methods.Version;
        request.Offers.AddRange(_schemasKnown == methods.Version ? methods.OffersWithoutSchemas : methods.Offers);
        book.AddLeases(request);
        _progressSent = context.Now;
        Attach(request, _attempt, context.Now);
        context.Add(new WorkerStep.Send(_attempt, request, serverConnection.ReplyTimeout));
    }

    private void SendReport(StepContext context)
    {
        var message = serverConnection.OnSent(context.Now);
        var request = CreateMessage(context.Now);
        var hasNewOffers = HasNewOffers;
        _reports.Add(message, hasNewOffers ? methods.Version : 0);
        if (hasNewOffers)
            request.Offers.AddRange(methods.Offers);
        var withProgress = context.Now >= _progressSent + WorkerRules.ProgressPeriod;
        book.AddChanges(request, context.Now - WorkerRules.StartReportDelay, withProgress);
        if (withProgress)
            _progressSent = context.Now;
        Attach(request, message, context.Now);
        context.Add(new WorkerStep.Send(message, request, serverConnection.ReplyTimeout));
    }

    private void Attach(ExchangeRequest request, long message, Elapsed now)
    {
        book.AttachOutcomes(request, message);
        if (now >= _logsSent + WorkerRules.LogPeriod && book.AttachLogs(request))
            _logsSent = now;
    }

    private ExchangeRequest CreateMessage(Elapsed now)
    {
        _prefetchSent = workload.Prefetch(now);
        var slots = methods.LimitReportedSlots(workload.Slots, workload.SlotCount);
        return new ExchangeRequest
        {
            Store = Store,
            Worker = self.Name.Text,
            Incarnation = self.Incarnation.Value,
            Pool = self.Pool,
            Slots = (uint)slots,
            Prefetch = (uint)_prefetchSent,
            // This number matters only to jobs that occupy several slots.
            SharedSlots = methods.AnyWide ? (uint)workload.SharedSlotsOf(slots) : 0,
        };
    }

    /// <summary>Returns the time at which the next report is due; null when there is nothing to report.</summary>
    private Elapsed? NextReportAt(Elapsed now)
    {
        if (book.AnyUnsent || HasNewOffers)
            return now;
        Elapsed? due = workload.IsStalled(now) && _prefetchSent > 0 ? now : null;
        foreach (var job in book.Running)
        {
            if (job.Revoked)
                continue;
            if (!job.StartReported)
                due = Earlier(due, job.StartedAt + WorkerRules.StartReportDelay);
            if (!job.ProgressReported)
                due = Earlier(due, _progressSent + WorkerRules.ProgressPeriod);
            if (!job.LogReported)
                due = Earlier(due, _logsSent + WorkerRules.LogPeriod);
        }
        return due;
    }

    /// <summary>
    /// Gets a value indicating whether the offers have changed and no message in flight contains the change. The first
    /// offers are sent with the first exchange, not in a report.
    /// </summary>
    private bool HasNewOffers =>
        Store.Length > 0
        && _offersDelivered != methods.Version
        && (_attempt == 0 || _offersInAttempt != methods.Version)
        && !_reports.ContainsValue(methods.Version);

    private void OnOffersDelivered(int version)
    {
        _offersDelivered = Math.Max(_offersDelivered, version);
        _schemasKnown = Math.Max(_schemasKnown, version);
    }

    private static Elapsed Earlier(Elapsed? a, Elapsed b) => a is { } at && at < b ? at : b;
}
