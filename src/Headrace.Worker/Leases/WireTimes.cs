using Google.Protobuf.WellKnownTypes;
using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>Times on the wire.</summary>
internal static class WireTimes
{
    public static Timestamp ToTimestamp(this Instant at) => Timestamp.FromDateTimeOffset(at.ToDateTimeOffset());
}
