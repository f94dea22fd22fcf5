using Headrace.Core.Jobs;
using Verdict = Headrace.Protocol.Wire.ExchangeReply.Types.Recorded.Types.Verdict;

namespace Headrace.Protocol.Exchange;

/// <summary>What became of an outcome.</summary>
internal readonly record struct Recorded(LeaseToken Lease, Verdict Verdict) : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Number(2, (ulong)Verdict);
    }

    public static Recorded Read(ref WireReader reader)
    {
        var (lease, verdict) = default(Recorded);
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    lease = reader.Lease(lease);
                    break;
                case 2:
                    verdict = (Verdict)(int)reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new Recorded(lease, verdict);
    }
}
