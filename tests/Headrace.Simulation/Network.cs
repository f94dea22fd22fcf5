using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>A message in transit: a command on its way to the server, or its response on the way back.</summary>
internal abstract record Message(IParty Party, long Call)
{
    /// <summary>A command sent by an endpoint.</summary>
    public sealed record Request(IParty Party, long Call, Command Command) : Message(Party, Call);

    /// <summary>The response to one call; null if the connection failed.</summary>
    public sealed record Reply(IParty Party, long Call, Answer? Answer) : Message(Party, Call);
}

/// <summary>An endpoint that sends commands and receives their responses.</summary>
internal interface IParty
{
    string Name { get; }

    void Read(long call, Answer? answer);
}

/// <summary>The messages in transit. The schedule decides which message arrives next and when.</summary>
internal sealed class Network
{
    private readonly List<Message> _underWay = [];

    public int Count => _underWay.Count;

    public void Send(Message message) => _underWay.Add(message);

    /// <summary>
    /// Removes and returns one message. Half of all calls pick the oldest, so most messages arrive in order.
    /// </summary>
    public Message? Take(int choice)
    {
        if (_underWay.Count == 0)
            return null;
        var at = (choice & 1) == 0 ? 0 : (choice >> 1) % _underWay.Count;
        var message = _underWay[at];
        _underWay.RemoveAt(at);
        return message;
    }

    /// <summary>Duplicates a worker's message in transit, as a retry in a lower network layer would.</summary>
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
