namespace Headrace.Protocol.Exchange;

/// <summary>
/// What a worker says: an exchange, or with number 0 a report. The fields and their meaning are those of
/// <c>headrace.proto</c>; only this form of it is on the hot path.
/// </summary>
internal sealed record ExchangeRequest : IWireMessage
{
    private const int OffersField = 10;
    private const int HeldField = 11;
    private const int OutcomesField = 12;
    private const int LogsField = 13;

    /// <summary>Empty before the worker knows its store.</summary>
    public string Store { get; set; } = "";

    public string Worker { get; set; } = "";
    public ulong Incarnation { get; set; }
    public Predecessor? Predecessor { get; set; }
    public string Pool { get; set; } = "";
    public ulong N { get; set; }
    public WireTime? Wait { get; set; }
    public uint Slots { get; set; }
    public uint Prefetch { get; set; }
    public List<Offer> Offers { get; init; } = [];
    public List<HeldLease> Held { get; init; } = [];
    public List<Outcome> Outcomes { get; init; } = [];
    public List<LogLines> Logs { get; init; } = [];
    public bool Draining { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Text(1, Store);
        writer.Text(2, Worker);
        writer.Fixed64(3, Incarnation);
        if (Predecessor is { } predecessor)
            writer.Message(4, predecessor);
        writer.Text(5, Pool);
        writer.Number(6, N);
        writer.Time(7, Wait);
        writer.Number(8, Slots);
        writer.Number(9, Prefetch);
        writer.Messages(OffersField, Offers);
        writer.Messages(HeldField, Held);
        writer.Messages(OutcomesField, Outcomes);
        writer.Messages(LogsField, Logs);
        writer.Flag(14, Draining);
    }

    /// <summary>Reads a message; results and logs are slices of its bytes.</summary>
    /// <exception cref="WireFormatException">The bytes are no such message.</exception>
    public static ExchangeRequest Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var request = new ExchangeRequest
        {
            Held = new List<HeldLease>(reader.Expected(HeldField)),
            Outcomes = new List<Outcome>(reader.Expected(OutcomesField)),
        };
        while (reader.Next())
            request.ReadField(ref reader);
        return request;
    }

    private void ReadField(ref WireReader reader)
    {
        switch (reader.Field)
        {
            case 1:
                Store = reader.Text();
                break;
            case 2:
                Worker = reader.Text();
                break;
            case 3:
                Incarnation = reader.Fixed64();
                break;
            case 4:
                Predecessor = Exchange.Predecessor.Read(ref reader, Predecessor);
                break;
            case 5:
                Pool = reader.Text();
                break;
            case 6:
                N = reader.Number();
                break;
            case 7:
                Wait = WireTime.Read(ref reader, Wait);
                break;
            case 8:
                Slots = (uint)reader.Number();
                break;
            case 9:
                Prefetch = (uint)reader.Number();
                break;
            case OffersField:
                Offers.Add(Offer.Read(ref reader));
                break;
            case HeldField:
                Held.Add(HeldLease.Read(ref reader));
                break;
            case OutcomesField:
                Outcomes.Add(Outcome.Read(ref reader));
                break;
            case LogsField:
                Logs.Add(LogLines.Read(ref reader));
                break;
            case 14:
                Draining = reader.Flag();
                break;
            default:
                reader.Skip();
                break;
        }
    }
}
