using Headrace.Protocol.Wire;

namespace Headrace.Tests.Server;

/// <summary>
/// Adds a property that returns the fencing token of a leased job as a single value. In the protocol, the token
/// consists of two fields of the job.
/// </summary>
internal static class WireLeases
{
    extension(LeasedJob job)
    {
        public Lease Lease => new() { Job = job.Job, Attempt = job.Attempt };
    }
}
