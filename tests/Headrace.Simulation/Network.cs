using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>A message under way: to the server with a command, or back with its answer.</summary>
internal abstract record Message(IParty Party, long Call)
{
    /// <summary>A call by a party.</summary>
    public sealed record Request(IParty Party, long Call, Command Command) : Message(Party, Call);

    /// <summary>The answer to one call; null when the connection broke.</summary>
    public sealed record Reply(IParty Party, long Call, Answer? Answer) : Message(Party, Call);
}

/// <summary>Whoever makes calls and reads their answers.</summary>
internal interface IParty
{
    string Name { get; }

    void Read(long call, Answer? answer);
}

/// <summary>What is under way. Nothing arrives before the schedule says so, in any order.</summary>
internal sealed class Network
{
    private readonly List<Message> _underWay = [];

    public int Count => _underWay.Count;

    public void Send(Message message) => _underWay.Add(message);

    /// <summary>Takes one message out. Most arrive in order: half of all picks take the oldest.</summary>
    public Message? Take(int choice)
    {
        if (_underWay.Count == 0)
            return null;
        var at = (choice & 1) == 0 ? 0 : (choice >> 1) % _underWay.Count;
        var message = _underWay[at];
        _underWay.RemoveAt(at);
        return message;
    }

    /// <summary>Repeats a worker's message that is under way, as a retry below the application would.</summary>
    public bool Repeat(int choice)
    {
        var worker = _underWay
            .OfType<Message.Request>()
            .Where(r => r.Command is Command.Exchange or Command.Report)
            .ToList();
        if (worker.Count == 0)
            return false;
        _underWay.Add(worker[choice % worker.Count]);
        return true;
    }
}
