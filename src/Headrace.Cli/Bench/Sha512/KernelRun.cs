namespace Headrace.Cli.Bench.Sha512;

/// <summary>
/// What one process measured on one thread. Rates are hashes of 64 bytes, and bytes of payload, a second of the
/// thread's processor time.
/// </summary>
/// <param name="Kernel">What the engine runs on there.</param>
/// <param name="Chain">Hashes of the kernel with every lane in use.</param>
/// <param name="Lone">Hashes of one item alone in the engine.</param>
/// <param name="FrameworkChain">The same work by <c>SHA512.HashData</c>.</param>
/// <param name="Payload">Payload of 256 KB each, through the engine.</param>
/// <param name="FrameworkPayload">The same by <c>SHA512.HashData</c>.</param>
/// <param name="Mixed">
/// Compressions of items with 1 to 10,000 hashes (log-uniform) and 64 bytes, through the engine.
/// </param>
/// <param name="LanesBusy">Compressions that those items needed, of those the lanes had room for.</param>
internal sealed record KernelRun(
    string Kernel,
    double Chain,
    double Lone,
    double FrameworkChain,
    double Payload,
    double FrameworkPayload,
    double Mixed,
    double LanesBusy
);
