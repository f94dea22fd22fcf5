namespace Headrace.Core.Jobs;

/// <summary>
/// Keys that some command has out on a read (R2). What happens to such a key meanwhile marks the command: what it read
/// may be old, and it is asked again.
/// </summary>
internal sealed class Pins
{
    /// <summary>How often a command is asked before it is refused.</summary>
    private const int Tries = 3;

    private sealed class Pin(IReadOnlyCollection<KeyName> keys)
    {
        public IReadOnlyCollection<KeyName> Keys { get; } = keys;
        public bool Marked { get; set; }
        public int Asked { get; set; } = 1;
    }

    private readonly Dictionary<Ticket, Pin> _byTicket = [];
    private readonly Dictionary<KeyName, List<Pin>> _byKey = [];

    public int Count => _byTicket.Count;

    public bool Has(Ticket ticket) => _byTicket.ContainsKey(ticket);

    public void Take(Ticket ticket, IReadOnlyCollection<KeyName> keys)
    {
        var pin = new Pin(keys);
        _byTicket.Add(ticket, pin);
        foreach (var key in keys)
        {
            if (!_byKey.TryGetValue(key, out var pins))
                _byKey.Add(key, pins = []);
            pins.Add(pin);
        }
    }

    /// <summary>A key was created, changed or deleted.</summary>
    public void Mark(KeyName key)
    {
        if (_byKey.TryGetValue(key, out var pins))
            foreach (var pin in pins)
                pin.Marked = true;
    }

    /// <summary>
    /// The command is back with what it read. <see cref="PinState.Clean"/> ends its pins; <see cref="PinState.Again"/>
    /// keeps them for another read.
    /// </summary>
    public PinState Return(Ticket ticket)
    {
        var pin = _byTicket[ticket];
        if (pin.Marked && pin.Asked < Tries)
        {
            pin.Asked++;
            pin.Marked = false;
            return PinState.Again;
        }
        Release(ticket);
        return pin.Marked ? PinState.GivenUp : PinState.Clean;
    }

    public void Release(Ticket ticket)
    {
        if (!_byTicket.Remove(ticket, out var pin))
            return;
        foreach (var key in pin.Keys)
        {
            var pins = _byKey[key];
            pins.Remove(pin);
            if (pins.Count == 0)
                _byKey.Remove(key);
        }
    }
}

/// <summary>What a returning command finds of its pins.</summary>
internal enum PinState
{
    Clean,
    Again,
    GivenUp,
}
