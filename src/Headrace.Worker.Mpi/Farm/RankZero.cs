using System.Collections.Concurrent;
using Headrace.Mpi;
using Headrace.Worker.Mpi.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>
/// The loop of rank 0: receives jobs from the worker, distributes them among the ranks, including itself, and returns
/// their answers.
/// </summary>
internal sealed class RankZero : IDisposable
{
    private const int Own = 0;

    private readonly RankContext _group;
    private readonly FrameOutbox _outbox;
    private readonly FarmThread _farm;
    private readonly FarmShares _shares;
    private readonly List<PendingTransfer> _sends = [];
    private readonly PendingTraces _traces = new();

    // Written by the thread that reads from the worker. The queue stays small, because the worker sends its next call
    // only after all jobs have ended.
    private readonly ConcurrentQueue<WarmFrame> _received = [];

    // The jobs that should stop; used only if all ranks run each job together. Written by the thread that reads from
    // the worker.
    private readonly ConcurrentDictionary<uint, bool> _cancelled = [];

    // Written by the MPI thread; read by the thread that reads from the worker.
    private volatile RankJob? _together;

    private SupervisorConnection? _supervisor;
    private bool _isStopping;

    public RankZero(RankContext group)
    {
        _group = group;
        _outbox = new FrameOutbox(group.Wait.Wake);
        _farm = new FarmThread(group.Method, _outbox);
        _shares = new FarmShares(group.Control.Size);
    }

    private static TimeSpan Now => TimeProvider.System.GetElapsedTime(0, TimeProvider.System.GetTimestamp());

    /// <summary>Receives a frame from the worker, on the thread that reads from it.</summary>
    public void OnFrame(WarmFrame frame)
    {
        // The MPI thread may be in the method or about to enter it, so only the token can tell it to stop.
        if (frame is WarmFrame.Cancel cancel && _group.Method.RunsTogether)
        {
            _cancelled[cancel.Id] = true;
            if (_together is { } job && job.FrameId == cancel.Id)
                job.Cancel();
            return;
        }
        _received.Enqueue(frame);
        _group.Wait.Wake();
    }

    /// <summary>Returns when the group has been asked to stop and all jobs have ended.</summary>
    public void Run(SupervisorConnection supervisor)
    {
        _supervisor = supervisor;
        while (!_isStopping || _shares.Open > 0)
        {
            _group.Pulse.Beat();
            var hasMoved = TakeFrames();
            hasMoved |= TakeAnswers();
            hasMoved |= Share();
            _sends.RemoveAll(send => send.TryComplete(out _));
            if (hasMoved)
                _group.Wait.Reset();
            else
                _group.Wait.Wait(expectsMessages: _shares.HasHeld || _sends.Count > 0);
        }
        foreach (var send in _sends)
            send.Wait();
        SendToOthers([], FarmTag.Stop);
    }

    public void Dispose() => _farm.Dispose();

    private bool TakeFrames()
    {
        var hasMoved = false;
        while (_received.TryDequeue(out var frame))
        {
            hasMoved = true;
            switch (frame)
            {
                case WarmFrame.Hello:
                    _supervisor!.Send(new WarmFrame.Ready(WarmCodec.Version2));
                    break;
                case WarmFrame.Trace trace:
                    _traces.Add(trace);
                    break;
                case WarmFrame.CallJobs call when _group.Method.RunsTogether:
                    foreach (var job in _traces.TakeFor(call.Jobs))
                        RunTogether(job);
                    break;
                case WarmFrame.CallJobs call:
                    _shares.Add(_traces.TakeFor(call.Jobs));
                    break;
                case WarmFrame.Cancel cancel:
                    Cancel(cancel);
                    break;
                case WarmFrame.Stop:
                    _isStopping = true;
                    break;
                default:
                    throw new WarmProtocolException($"The worker sent an unexpected {frame.GetType().Name} frame.");
            }
        }
        return hasMoved;
    }

    private bool TakeAnswers()
    {
        var hasMoved = false;
        var own = _outbox.Take();
        if (own.Length > 0)
        {
            Forward(Own, own.Span);
            hasMoved = true;
        }
        while (_shares.HasHeld && _group.Control.TryProbe(out var found, tag: FarmTag.Answers))
        {
            Forward(found.Source, _group.Receive(found));
            hasMoved = true;
        }
        return hasMoved;
    }

    private void Forward(int rank, ReadOnlySpan<byte> answers)
    {
        _shares.End(rank, JobFrames.EndedBy(answers), Now);
        _supervisor!.Send(answers);
    }

    private bool Share()
    {
        var hasMoved = false;
        // The other ranks come first, so that their messages are in transit while this rank starts its own jobs.
        for (var i = 1; i <= _group.Control.Size; i++)
        {
            var rank = i % _group.Control.Size;
            if (_shares.Take(rank, Now) is not { Count: > 0 } jobs)
                continue;
            hasMoved = true;
            if (rank == Own)
                _farm.Add(jobs);
            else
                _sends.Add(StartSend(JobMessage.Of(jobs), rank, FarmTag.Jobs));
        }
        return hasMoved;
    }

    private void Cancel(WarmFrame.Cancel cancel)
    {
        var (waiting, holder) = _shares.Find(cancel.Id);
        if (waiting is not null)
            _supervisor!.Send(new WarmFrame.Error(cancel.Id, WarmErrorKind.Retry, "The job was cancelled."));
        else if (holder == Own)
            _farm.Cancel(cancel.Id);
        else if (holder is { } rank)
            _sends.Add(StartSend(RankContext.BytesOf(cancel), rank, FarmTag.Cancel));
    }

    private void RunTogether(WarmJob received)
    {
        SendToOthers(JobMessage.Of([received]), FarmTag.Together);
        using var job = new RankJob(received, $"{_group.Method.Name}", _supervisor!.Send);
        _together = job;
        if (_cancelled.ContainsKey(received.Id))
            job.Cancel();
        var own = _group.RunTogether(job);
        _together = null;
        // Ids increase, so this also removes requests that arrived after their job had ended.
        foreach (var id in _cancelled.Keys.Where(id => id <= received.Id))
            _cancelled.TryRemove(id, out _);
        var failure = AwaitOthers(own is WarmFrame.Error failed ? RankContext.BytesOf(failed) : null);
        if (failure is null)
        {
            _supervisor.Send(own);
            return;
        }
        SendToOthers([], FarmTag.Renew);
        _group.Renew(() => _supervisor.Send(failure));
        _supervisor.Send(failure);
    }

    /// <summary>
    /// Waits until the other ranks have returned from a job. Returns the error of the job if a rank has failed. Ends
    /// the group if the other ranks do not return soon after the failure.
    /// </summary>
    private byte[]? AwaitOthers(byte[]? failure)
    {
        var since = TimeProvider.System.GetTimestamp();
        for (var missing = _group.Control.Size - 1; missing > 0;)
        {
            _group.Pulse.Beat();
            if (_group.Control.TryProbe(out var found, tag: FarmTag.Returned))
            {
                missing--;
                if (_group.Receive(found) is { Length: > 0 } error && failure is null)
                    (failure, since) = (error, TimeProvider.System.GetTimestamp());
                _group.Wait.Reset();
            }
            else if (failure is not null && TimeProvider.System.GetElapsedTime(since) > RankContext.FailureGrace)
            {
                _supervisor!.Send(failure);
                _group.Abort();
            }
            else
            {
                _group.Wait.Wait(expectsMessages: true);
            }
        }
        return failure;
    }

    private void SendToOthers(byte[] message, int tag)
    {
        for (var other = 1; other < _group.Control.Size; other++)
            _group.Control.Send<byte>(message, other, tag);
    }

    private PendingTransfer StartSend(byte[] message, int rank, int tag) =>
        _group.Control.StartSend<byte>(message, rank, tag);
}
