using Headrace.Core.Jobs;
using Headrace.Protocol.Wire;

namespace Headrace.Worker.Leases;

/// <summary>Lease tokens on the wire and in here.</summary>
internal static class WireTokens
{
    public static LeaseToken ToToken(this Lease lease) => new(new JobId((long)lease.Job), (int)lease.Attempt);

    public static Lease ToWire(this LeaseToken token) => new() { Job = (ulong)token.Job.Value, Attempt = (uint)token.Attempt };
}
