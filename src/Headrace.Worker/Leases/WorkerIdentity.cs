using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>Identifies one incarnation of a named worker (R9).</summary>
internal sealed record WorkerIdentity(WorkerName Name, Incarnation Incarnation, string Pool);
