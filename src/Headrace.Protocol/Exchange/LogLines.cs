using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>The tail of an attempt's log.</summary>
internal readonly record struct LogLines(LeaseToken Lease, ReadOnlyMemory<byte> Lines) : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Bytes(2, Lines);
    }

    public static LogLines Read(ref WireReader reader)
    {
        var (lease, lines) = default(LogLines);
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    lease = reader.Lease(lease);
                    break;
                case 2:
                    lines = reader.Bytes();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new LogLines(lease, lines);
    }
}
