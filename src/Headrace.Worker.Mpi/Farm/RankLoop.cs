using Headrace.Worker.Mpi.Processes;
using Headrace.Worker.Warm;

namespace Headrace.Worker.Mpi.Farm;

/// <summary>The loop of every rank except rank 0. It carries out the requests of rank 0.</summary>
internal sealed class RankLoop : IDisposable
{
    private readonly RankContext _group;
    private readonly SupervisorConnection _supervisor;
    private readonly FrameOutbox _outbox;
    private readonly FarmThread _farm;

    public RankLoop(RankContext group, SupervisorConnection supervisor)
    {
        (_group, _supervisor) = (group, supervisor);
        _outbox = new FrameOutbox(group.Wait.Wake);
        _farm = new FarmThread(group.Method, _outbox);
    }

    /// <summary>Returns when the group stops.</summary>
    public void Run()
    {
        while (true)
        {
            _group.Pulse.Beat();
            var answers = _outbox.Take();
            // Rank 0 keeps receiving while jobs are open, so this send does not wait for long.
            if (answers.Length > 0)
                _group.Control.Send(answers.Span, 0, FarmTag.Answers);
            if (_group.Control.TryProbe(out var found, 0))
            {
                var message = _group.Receive(found);
                if (found.Tag == FarmTag.Stop)
                    return;
                Handle(found.Tag, message);
                _group.Wait.Reset();
            }
            else if (answers.Length > 0)
            {
                _group.Wait.Reset();
            }
            else
            {
                _group.Wait.Wait(expectsMessages: true);
            }
        }
    }

    public void Dispose() => _farm.Dispose();

    private void Handle(int tag, byte[] message)
    {
        switch (tag)
        {
            case FarmTag.Jobs:
                _farm.Add(JobMessage.Read(message));
                break;
            case FarmTag.Cancel:
                _farm.Cancel(((WarmFrame.Cancel)RankContext.FrameOf(message)).Id);
                break;
            case FarmTag.Together:
                RunTogether(JobMessage.Read(message)[0]);
                break;
            case FarmTag.Renew:
                // Rank 0 reports the failure.
                _group.Renew(static () => { });
                break;
            default:
                throw new WarmProtocolException($"Rank 0 sent a message with the unknown tag {tag}.");
        }
    }

    private void RunTogether(WarmJob received)
    {
        using var job = new RankJob(received, $"{_group.Method.Name}", _supervisor.Send);
        var end = _group.RunTogether(job);
        if (end is not WarmFrame.Error)
        {
            // Rank 0 returns the result of the job, so this message is empty.
            _group.Control.Send<byte>([], 0, FarmTag.Returned);
            return;
        }
        // Rank 0 may still be in the method, waiting for this rank, so the send must not block.
        var error = RankContext.BytesOf(end);
        var sent = _group.Control.StartSend<byte>(error, 0, FarmTag.Returned);
        var failed = TimeProvider.System.GetTimestamp();
        while (!_group.Control.TryProbe(out _, 0, FarmTag.Renew))
        {
            _group.Pulse.Beat();
            if (TimeProvider.System.GetElapsedTime(failed) > RankContext.FailureGrace)
            {
                _supervisor.Send(error);
                _group.Abort();
            }
            _group.Wait.Wait(expectsMessages: true);
        }
        sent.Wait();
    }
}
