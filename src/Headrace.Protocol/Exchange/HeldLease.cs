using Headrace.Core.Jobs;

namespace Headrace.Protocol.Exchange;

/// <summary>A lease that was received and whose outcome is not yet acknowledged.</summary>
internal readonly record struct HeldLease(LeaseToken Lease, bool Started, bool Finished, Progress? Progress)
    : IWireMessage
{
    public void WriteTo(ref WireWriter writer)
    {
        writer.Lease(1, Lease);
        writer.Flag(2, Started);
        writer.Flag(3, Finished);
        if (Progress is not null)
            writer.Message(4, Progress);
    }

    public static HeldLease Read(ref WireReader reader)
    {
        var (lease, started, finished, progress) = default(HeldLease);
        var outer = reader.Enter();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    lease = reader.Lease(lease);
                    break;
                case 2:
                    started = reader.Flag();
                    break;
                case 3:
                    finished = reader.Flag();
                    break;
                case 4:
                    progress = Progress.Read(ref reader, progress);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        reader.Leave(outer);
        return new HeldLease(lease, started, finished, progress);
    }
}
