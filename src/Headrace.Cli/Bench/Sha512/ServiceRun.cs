namespace Headrace.Cli.Bench.Sha512;

/// <summary>Jobs through the service: from the first submission to the last result on disk.</summary>
/// <param name="Iterations">Hashes of each job.</param>
/// <param name="Jobs">How many.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Compressions">Compressions a second, the payloads' blocks counted.</param>
/// <param name="Kernel">What the bare kernel does on all cores at once, measured before and after.</param>
/// <param name="Wrong">Sampled results that were not the digest.</param>
internal sealed record ServiceRun(
    int Iterations,
    int Jobs,
    double Seconds,
    double Compressions,
    double Kernel,
    int Wrong
)
{
    public double Share => Compressions / Kernel;
}
