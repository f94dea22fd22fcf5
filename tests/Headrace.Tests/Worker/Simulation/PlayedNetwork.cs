using Headrace.Core;
using Headrace.Core.Jobs;
using Headrace.Protocol.Exchange;
using Headrace.Server.Workers;
using Headrace.Tests.Core;
using Headrace.Tests.Worker.Exchange;
using Headrace.Worker.Leases;
using Xunit;
using Kind = Headrace.Protocol.Exchange.OutcomeKind;
using Offer = Headrace.Protocol.Exchange.Offer;

namespace Headrace.Tests.Worker.Simulation;

/// <summary>
/// Runs one shipped worker state machine whose methods end when the schedule says so, behind a network that loses,
/// delays and reorders messages. Messages are serialized and parsed by the server's own code.
/// </summary>
internal sealed class PlayedNetwork
{
    private readonly BrokerScene _scene;
    private readonly WorkerMachine _machine;
    private readonly List<WorkerStep.Send> _requests = [];
    private readonly List<(long Message, RequestId Ticket)> _asked = [];
    private readonly List<(long Message, ExchangeReply Reply)> _replies = [];
    private readonly HashSet<long> _read = [];
    private readonly Dictionary<LeaseToken, int> _seats = [];
    private readonly List<LeaseToken> _onDeck = [];
    private readonly TimeSpan? _took;
    private ulong _number = 1;

    private readonly HashSet<JobId> _succeeded;

    /// <param name="scene">The broker.</param>
    /// <param name="succeeded">The jobs whose method has succeeded on any worker. None of them may run again.</param>
    /// <param name="incarnation">The incarnation, which is also part of the worker's name.</param>
    /// <param name="slots">The number of methods that run at the same time.</param>
    /// <param name="took">
    /// The run time that each method reports, independent of the time that passes; null to report the time that passes.
    /// </param>
    public PlayedNetwork(
        BrokerScene scene,
        HashSet<JobId> succeeded,
        ulong incarnation,
        int slots,
        TimeSpan? took = null
    )
    {
        _took = took;
        (_scene, _succeeded) = (scene, succeeded);
        var self = new WorkerIdentity(new WorkerName($"w{incarnation}"), new Incarnation(incarnation), "local");
        _machine = new WorkerMachine(
            self,
            [
                new Offer
                {
                    Method = "noop",
                    Version = 1,
                    Schema = "{}",
                },
            ],
            new WorkerRules { Slots = slots, OrphanGrace = TimeSpan.FromHours(1) }
        );
        Slots = slots;
    }

    public int Slots { get; }

    /// <summary>The methods that are running now, and every lease that ever started.</summary>
    public List<LeaseToken> Running { get; } = [];

    public List<LeaseToken> Started { get; } = [];

    /// <summary>
    /// The number of jobs that started behind another one, and that were recalled before they started.
    /// </summary>
    public (int Begun, int Back) Ahead { get; private set; }

    public WorkerStep.Exit? Exited { get; private set; }

    public bool Draining { get; private set; }

    /// <summary>The worker's own clock, which continues when the server restarts.</summary>
    public Elapsed Elapsed { get; set; }

    public void Tell(WorkerEvent happened)
    {
        if (happened is WorkerEvent.DrainRequested)
            Draining = true;
        foreach (var step in _machine.On(happened, _scene.Now, Elapsed))
        {
            switch (step)
            {
                case WorkerStep.Send send:
                    Send(send);
                    break;
                case WorkerStep.Abort given:
                    _read.Add(given.Message);
                    break;
                case WorkerStep.Run run:
                    _seats[run.Job.Lease] = run.Slot;
                    if (run.ReportsStart)
                        _onDeck.Add(run.Job.Lease);
                    else
                        Begin(run.Job.Lease);
                    break;
                case WorkerStep.Recall { Lease: var unbegun }:
                    TakeBack(unbegun);
                    break;
                case WorkerStep.Cancel cancel when Running.Remove(cancel.Lease):
                    Tell(new WorkerEvent.Ended(cancel.Lease, new MethodEnd(Kind.Cancelled)));
                    break;
                case WorkerStep.Cancel cancel:
                    TakeBack(cancel.Lease);
                    break;
                case WorkerStep.Exit exit:
                    Exited = exit;
                    break;
            }
        }
    }

    public void Wake() => Tell(new WorkerEvent.Woke());

    /// <summary>Each slot without a running method starts the next job that was assigned to it in advance.</summary>
    public void Turn()
    {
        foreach (var lease in _onDeck.ToList())
        {
            if (!_onDeck.Contains(lease) || Running.Exists(running => _seats[running] == _seats[lease]))
                continue;
            _onDeck.Remove(lease);
            Ahead = (Ahead.Begun + 1, Ahead.Back);
            Begin(lease);
            Tell(new WorkerEvent.Started(lease));
        }
    }

    private void Begin(LeaseToken lease)
    {
        Assert.DoesNotContain(lease, Started);
        Assert.DoesNotContain(lease.Job, _succeeded);
        Assert.DoesNotContain(_seats[lease], Running.Select(running => _seats[running]));
        Started.Add(lease);
        Running.Add(lease);
        Assert.True(Running.Count <= Slots, $"{Running.Count} methods run in {Slots} slots.");
    }

    private void TakeBack(LeaseToken lease)
    {
        if (!_onDeck.Remove(lease))
            return;
        Ahead = (Ahead.Begun, Ahead.Back + 1);
        Tell(new WorkerEvent.Ended(lease, new MethodEnd(Kind.Released)));
    }

    public void End(int running, Kind kind)
    {
        var lease = Running[running];
        Running.RemoveAt(running);
        if (kind == Kind.Succeeded)
            _succeeded.Add(lease.Job);
        Tell(new WorkerEvent.Ended(lease, new MethodEnd(kind) { Took = _took }));
    }

    /// <summary>Delivers or loses a random request in flight, so that requests overtake each other.</summary>
    public void Request(Random random, bool lost)
    {
        if (_requests.Count == 0)
            return;
        var at = random.Next(_requests.Count);
        var send = _requests[at];
        _requests.RemoveAt(at);
        // The sender notices a lost request immediately or late; its timeout is not the subject of this test.
        if (lost)
            Silent(send.Message);
        else
            _asked.Add((send.Message, _scene.Do(Command(send.Request))));
    }

    /// <summary>Puts the replies that the broker has produced so far into the network.</summary>
    public void Collect()
    {
        for (var i = _asked.Count - 1; i >= 0; i--)
        {
            if (_scene.AnswerTo(_asked[i].Ticket) is not Response.Exchanged answer)
                continue;
            _replies.Insert(
                0,
                (
                    _asked[i].Message,
                    ExchangeWriting.Write(
                        answer,
                        [],
                        _scene.Broker.State.Store,
                        _scene.Broker.State.Options.Lease,
                        _scene.Now.ToDateTimeOffset()
                    )
                )
            );
            _asked.RemoveAt(i);
        }
    }

    public void Reply(Random random, bool lost)
    {
        if (_replies.Count == 0)
            return;
        var at = random.Next(_replies.Count);
        var (message, reply) = _replies[at];
        _replies.RemoveAt(at);
        if (lost)
            Silent(message);
        else if (_read.Add(message))
            Tell(new WorkerEvent.Replied(message, Copy.Of(reply)));
    }

    /// <summary>The server has ended and another has loaded its rows: every open connection is lost.</summary>
    public void ServerDied()
    {
        foreach (var (message, _) in _asked)
            Silent(message);
        _asked.Clear();
    }

    private void Silent(long message)
    {
        if (_read.Add(message))
            Tell(new WorkerEvent.NotReplied(message, new NoReply("Lost.")));
    }

    private void Send(WorkerStep.Send send)
    {
        var request = Copy.Of(send.Request);
        if (request.ExchangeNumber > 0)
        {
            // The number never decreases and never increases by more than one: n + 1 after reply n (R6).
            Assert.InRange(request.ExchangeNumber, _number, _number + 1);
            _number = request.ExchangeNumber;
        }
        _requests.Add(send with { Request = request });
    }

    private static Command Command(ExchangeRequest request)
    {
        Assert.True(
            ExchangeReading.Read(request.Worker, request).TryGet(out var command, out var problem),
            problem?.ToString()
        );
        return command;
    }
}
