using Headrace.Core.Jobs;
using Kind = Headrace.Protocol.Wire.Outcome.Types.Kind;

namespace Headrace.Protocol.Exchange;

/// <summary>How one attempt ended. A result that was read is a slice of its message.</summary>
internal sealed record Outcome : IWireMessage
{
    public LeaseToken Lease { get; set; }
    public Kind Kind { get; set; }
    public ReadOnlyMemory<byte> Result { get; set; }
    public string ContentType { get; set; } = "";
    public OutcomeError? Error { get; set; }
    public OutcomeMetrics? Metrics { get; set; }

    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Number(2, (ulong)Kind);
        writer.Bytes(3, Result);
        writer.Text(4, ContentType);
        if (Error is not null)
            writer.Message(5, Error);
        if (Metrics is not null)
            writer.Message(6, Metrics);
    }

    public static Outcome Read(ref WireReader reader)
    {
        var outcome = new Outcome();
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    outcome.Lease = reader.Lease(outcome.Lease);
                    break;
                case 2:
                    outcome.Kind = (Kind)(int)reader.Number();
                    break;
                case 3:
                    outcome.Result = reader.Bytes();
                    break;
                case 4:
                    outcome.ContentType = reader.Text();
                    break;
                case 5:
                    outcome.Error = OutcomeError.Read(ref reader, outcome.Error);
                    break;
                case 6:
                    outcome.Metrics = OutcomeMetrics.Read(ref reader, outcome.Metrics);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return outcome;
    }
}
