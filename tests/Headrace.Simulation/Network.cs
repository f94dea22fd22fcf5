using Headrace.Core;

namespace Headrace.Simulation;

/// <summary>
/// A message in transit: a command on its way to the server, or the response to a command on its way back.
/// </summary>
internal abstract record Message(IEndpoint Endpoint, long CallId)
{
    /// <summary>A command sent by an endpoint.</summary>
    public sealed record Request(IEndpoint Endpoint, long CallId, Command Command) : Message(Endpoint, CallId);

    /// <summary>The response to a call; null if the connection failed.</summary>
    public sealed record Reply(IEndpoint Endpoint, long CallId, Response? Response) : Message(Endpoint, CallId);
}

/// <summary>An endpoint that sends commands and receives their responses.</summary>
internal interface IEndpoint
{
    string Name { get; }

    void Receive(long call, Response? response);
}

/// <summary>The messages in transit. The schedule decides which message arrives next and when.</summary>
internal sealed class Network
{
    private readonly List<Message> _inFlight = [];

    public int Count => _inFlight.Count;

    public void Send(Message message) => _inFlight.Add(message);

    /// <summary>
    /// Removes and returns one message. Half of the calls return the oldest message, so most messages arrive in the
    /// order in which they were sent.
    /// </summary>
    public Message? Take(int choice)
    {
        if (_inFlight.Count == 0)
            return null;
        var at = (choice & 1) == 0 ? 0 : (choice >> 1) % _inFlight.Count;
        var message = _inFlight[at];
        _inFlight.RemoveAt(at);
        return message;
    }

    /// <summary>Duplicates a worker's message in transit, as a retry in a lower network layer would.</summary>
    public bool Duplicate(int choice)
    {
        var worker = _inFlight
            .OfType<Message.Request>()
            .Where(r => r.Command is Command.Exchange or Command.Report or Command.SubmitChildren)
            .ToList();
        if (worker.Count == 0)
            return false;
        _inFlight.Add(worker[choice % worker.Count]);
        return true;
    }
}
