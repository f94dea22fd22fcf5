using Headrace.Core.Jobs;

namespace Headrace.Core.Dispatch;

/// <summary>
/// Processes the numbered exchanges and the reports of workers (R6, R7). Jobs are assigned by <see cref="Claiming"/> at
/// the end of the batch.
/// </summary>
internal sealed class Exchanging(BrokerState state, Joining joining, Completing completing, Releasing releasing)
{
    public void Apply(Ticket ticket, Command.Exchange exchange, Turn turn)
    {
        var message = exchange.Message;
        if (IsForeign(message))
        {
            turn.Batch.Add(ticket, new Answer.Exchanged(exchange.Number) { EndedWhy = ForeignStore(message) });
            return;
        }
        var recorded = Record(message, turn);
        if (joining.Admit(exchange, turn, out var why) is not { } worker)
        {
            turn.Batch.Add(new Effect.WorkerRefused(message.Sender, why));
            turn.Batch.Add(ticket, new Answer.Exchanged(exchange.Number) { Recorded = recorded, EndedWhy = why });
            return;
        }
        if (exchange.Number < worker.LastNumber)
        {
            // A delayed duplicate: the worker has already received a later reply (R6).
            turn.Batch.Add(ticket, new Answer.Exchanged(exchange.Number) { Recorded = recorded });
            return;
        }
        Receive(ticket, exchange, worker, recorded, turn);
    }

    public Answer Apply(Command.Report report, Turn turn)
    {
        var message = report.Message;
        if (IsForeign(message))
            return new Answer.Exchanged(0) { EndedWhy = ForeignStore(message) };
        var recorded = Record(message, turn);
        if (state.Workers.Current(message.Sender) is not { } worker)
            return new Answer.Exchanged(0)
            {
                Recorded = recorded,
                EndedWhy = "This incarnation has not joined, or it has already ended.",
            };
        if (!joining.Takes(worker, message, turn, out var why))
            return new Answer.Exchanged(0) { Recorded = recorded, EndedWhy = why };
        foreach (var lease in report.Started)
            Note(lease, worker, turn);
        return new Answer.Exchanged(0) { Recorded = recorded };
    }

    /// <summary>Replies to every open exchange that has content to deliver or whose wait has expired.</summary>
    public void Reply(Turn turn)
    {
        if (state.Workers.Open.Count == 0)
            return;
        foreach (var worker in state.Workers.Open.ToList())
        {
            var open = worker.Open!;
            if (open.Granted || open.Urgent || worker.Orders.Pending || open.Until <= turn.Elapsed)
                Reply(worker, turn);
        }
    }

    private void Receive(
        Ticket ticket,
        Command.Exchange exchange,
        Worker worker,
        (LeaseToken, Verdict)[] recorded,
        Turn turn
    )
    {
        var number = exchange.Number;
        // A job granted to this exchange number proves that the exchange was answered, even if the number itself was
        // lost in a restart (R4, R6).
        var repeat = number == worker.LastNumber || worker.Rows.Any(job => job.Now.Grant == number);
        // An earlier try of this exchange, or one that the worker abandoned. Its reply is no longer read.
        if (state.Workers.Close(worker) is { } older)
            turn.Batch.Add(older.Ticket, new Answer.Exchanged(older.Number));

        worker.LastNumber = number;
        worker.Draining |= exchange.Draining;
        worker.Orders.Arrived(number);
        var stop = Compare(exchange, worker, turn, out var news);

        var wait = exchange.Wait < state.Options.LongestPark ? exchange.Wait : state.Options.LongestPark;
        var open = new OpenExchange(
            ticket,
            number,
            turn.Elapsed + wait,
            urgent: repeat || news || (recorded.Length > 0 && IsWaitedFor(exchange.Message, worker))
        )
        {
            Recorded = recorded,
            Stop = stop,
        };
        state.Workers.Park(worker, open);
        // A repeated exchange claims no new jobs. It is answered before the batch claims jobs, with the leases already
        // granted to its number (R6).
        if (repeat)
            Reply(worker, turn);
    }

    /// <summary>
    /// Acknowledgements of small outcomes can be delayed (R7). Large outcomes need a prompt reply, and so does a worker
    /// that accepts no more jobs: it exits once all its outcomes are acknowledged.
    /// </summary>
    private static bool IsWaitedFor(WorkerMessage message, Worker worker) =>
        worker.Draining
        || worker.DrainWanted
        || worker.EndedWhy is not null
        || message.Outcomes.Sum(outcome => (long)outcome.Result.Length) > Limits.ParkedBytes;

    /// <summary>
    /// Reconciles the worker's lease list with the jobs it holds. Jobs that the worker never received are requeued;
    /// listed leases that it no longer holds are revoked (R6).
    /// </summary>
    private List<LeaseToken> Compare(Command.Exchange exchange, Worker worker, Turn turn, out bool news)
    {
        var listed = new HashSet<LeaseToken>(exchange.Held.Count);
        var foreign = new HashSet<LeaseToken>();
        foreach (var held in exchange.Held)
        {
            listed.Add(held.Lease);
            if (!Note(held, worker, turn) && !held.Finished)
                foreign.Add(held.Lease);
        }
        List<Job>? never = null;
        foreach (var job in worker.Rows)
            if (job.Now.Grant < exchange.Number && !listed.Contains(job.Lease))
                (never ??= []).Add(job);
        if (never is not null)
            foreach (var job in never.OrderBy(job => job.Id))
                releasing.Return(job, OutcomeKind.Released, turn);
        news = worker.Tell(foreign);
        return [.. foreign];
    }

    /// <summary>Records start and progress. Returns false if the worker does not hold the lease.</summary>
    private bool Note(HeldLease held, Worker worker, Turn turn)
    {
        if (!state.Jobs.TryGet(held.Lease.Job, out var job) || job.Lease != held.Lease || job.Now.Holder != worker.Self)
            return false;
        if (job.Now.State != JobState.Running && !releasing.TakeBack(job, turn))
            return false;
        if (held.Progress is not null)
            (job.Run ??= new JobRun()).Progress = held.Progress;
        if (!held.Started || job.Run?.Started is not null)
            return true;
        (job.Run ??= new JobRun()).Started = turn.Elapsed;
        if (job.Spec.TimeLimit > TimeSpan.Zero)
            state.TimeLimits.Add(turn.Elapsed + job.Spec.TimeLimit + state.Options.LimitMargin, (job, job.Now.Attempt));
        return true;
    }

    private (LeaseToken, Verdict)[] Record(WorkerMessage message, Turn turn)
    {
        foreach (var log in message.Logs)
            if (
                state.Jobs.TryGet(log.Lease.Job, out var job)
                && job.Lease == log.Lease
                && job.Now.Holder == message.Sender
            )
                turn.Batch.Add(new RowChange.LogPut(new LogRow(log.Lease, log.Lines)));
        if (message.Outcomes.Count == 0)
            return [];
        var recorded = new (LeaseToken, Verdict)[message.Outcomes.Count];
        for (var i = 0; i < recorded.Length; i++)
            recorded[i] = (message.Outcomes[i].Lease, completing.Complete(message.Outcomes[i], message.Sender, turn));
        return recorded;
    }

    private void Reply(Worker worker, Turn turn)
    {
        var open = state.Workers.Close(worker)!;
        var leases = new List<JobRow>();
        List<(LeaseToken, Wanted)>? wanted = null;
        foreach (var job in worker.Rows)
        {
            if (job.Now.Grant == open.Number)
                leases.Add(job.ToRow());
            if (job.Now.Wanted != Wanted.Nothing)
                (wanted ??= []).Add((job.Lease, job.Now.Wanted));
        }
        worker.Orders.SentIn(open.Number);
        turn.Batch.Add(
            open.Ticket,
            new Answer.Exchanged(open.Number)
            {
                Leases = leases,
                Recorded = open.Recorded,
                Stop = open.Stop,
                Wanted = wanted ?? [],
                Drain = worker.DrainWanted,
                EndedWhy = worker.EndedWhy,
            }
        );
    }

    private bool IsForeign(WorkerMessage message) => message.Store is { } store && store != state.Store;

    private string ForeignStore(WorkerMessage message) =>
        $"This server uses store {state.Store}, but the worker belongs to store {message.Store}.";
}
