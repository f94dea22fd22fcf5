namespace Headrace.Core.Jobs;

/// <summary>
/// Keys whose rows are being read for a command (R2). If such a key changes during the read, the rows may be stale, and
/// the command must read them again.
/// </summary>
internal sealed class Pins
{
    /// <summary>Number of reads after which a command is rejected.</summary>
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

    /// <summary>
    /// Marks all pending reads of a key as stale. Call it whenever a key is created, changed or deleted.
    /// </summary>
    public void Mark(KeyName key)
    {
        if (_byKey.TryGetValue(key, out var pins))
            foreach (var pin in pins)
                pin.Marked = true;
    }

    /// <summary>
    /// Completes a read. <see cref="PinState.Clean"/> ends the pending read; <see cref="PinState.Again"/> keeps it for
    /// another read.
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

/// <summary>The state of a pending read when its rows arrive.</summary>
internal enum PinState
{
    Clean,
    Again,
    GivenUp,
}
