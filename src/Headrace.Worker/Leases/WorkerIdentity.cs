using Headrace.Core;

namespace Headrace.Worker.Leases;

/// <summary>Who speaks: one incarnation of a worker's name (R9).</summary>
internal sealed record WorkerIdentity(WorkerName Name, Incarnation Incarnation, string Pool);
