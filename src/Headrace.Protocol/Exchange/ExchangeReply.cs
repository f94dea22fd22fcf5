using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>
/// What the server answers. The fields and their meaning are those of <c>headrace.proto</c>; only this form of it is on
/// the hot path.
/// </summary>
internal sealed record ExchangeReply : IWireMessage
{
    private const int LeasesField = 4;
    private const int RecordedField = 5;

    public string Store { get; set; } = "";
    public ulong N { get; set; }
    public WireTime? Lease { get; set; }
    public List<LeasedJob> Leases { get; init; } = [];
    public List<Recorded> Recorded { get; init; } = [];
    public List<LeaseToken> Stop { get; init; } = [];
    public List<Order> Wanted { get; init; } = [];
    public bool Drain { get; set; }

    /// <summary>Not empty: this incarnation is over.</summary>
    public string Ended { get; set; } = "";

    public WireTime? ServerTime { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Text(1, Store);
        writer.Number(2, N);
        writer.Time(3, Lease);
        writer.Messages(LeasesField, Leases);
        writer.Messages(RecordedField, Recorded);
        foreach (var lease in Stop)
            writer.Lease(6, lease);
        writer.Messages(7, Wanted);
        writer.Flag(8, Drain);
        writer.Text(9, Ended);
        writer.Time(10, ServerTime);
    }

    /// <summary>Reads a message; params and bodies are slices of its bytes.</summary>
    /// <exception cref="WireFormatException">The bytes are no such message.</exception>
    public static ExchangeReply Read(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var reply = new ExchangeReply
        {
            Leases = new List<LeasedJob>(reader.Expected(LeasesField)),
            Recorded = new List<Recorded>(reader.Expected(RecordedField)),
        };
        while (reader.Next())
            reply.ReadField(ref reader);
        return reply;
    }

    private void ReadField(ref WireReader reader)
    {
        switch (reader.Field)
        {
            case 1:
                Store = reader.Text();
                break;
            case 2:
                N = reader.Number();
                break;
            case 3:
                Lease = WireTime.Read(ref reader, Lease);
                break;
            case LeasesField:
                Leases.Add(LeasedJob.Read(ref reader));
                break;
            case RecordedField:
                Recorded.Add(Exchange.Recorded.Read(ref reader));
                break;
            case 6:
                Stop.Add(reader.Lease());
                break;
            case 7:
                Wanted.Add(Order.Read(ref reader));
                break;
            case 8:
                Drain = reader.Flag();
                break;
            case 9:
                Ended = reader.Text();
                break;
            case 10:
                ServerTime = WireTime.Read(ref reader, ServerTime);
                break;
            default:
                reader.Skip();
                break;
        }
    }
}
