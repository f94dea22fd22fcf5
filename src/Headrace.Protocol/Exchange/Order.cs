using Headrace.Core.Jobs;
using Wanted = Headrace.Protocol.Wire.ExchangeReply.Types.Order.Types.Wanted;

namespace Headrace.Protocol.Exchange;

/// <summary>What the server wants of a running job (R12).</summary>
internal readonly record struct Order(LeaseToken Lease, Wanted Wanted) : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Number(2, (ulong)Wanted);
    }

    public static Order Read(ref WireReader reader)
    {
        var (lease, wanted) = default(Order);
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    lease = reader.Lease(lease);
                    break;
                case 2:
                    wanted = (Wanted)(int)reader.Number();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new Order(lease, wanted);
    }
}
