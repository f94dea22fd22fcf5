using Headrace.Mpi;

namespace Headrace.Apps.Pipeline.Simulating;

/// <summary>
/// The simulation, which stands for a real one: it takes 1 s for an even parameter and 2 s for an odd one, and its
/// value is a random number from 0 to 32767. The ranks of MPI draw parts of it and add them up.
/// </summary>
internal static class Simulation
{
    /// <summary>The number of draws whose sum is the value. The ranks share them.</summary>
    private const int Draws = 64;

    /// <summary>The values are those of the shell's <c>$RANDOM</c>, which the original prints.</summary>
    private const int Values = 32_768;

    /// <summary>Returns how long the simulation of a parameter takes.</summary>
    public static TimeSpan DurationOf(long param, double scale) => TimeSpan.FromSeconds(scale * (1 + (param & 1)));

    /// <summary>Returns the part of the value that a rank computes.</summary>
    public static long PartOf(long param, long seed, int rank, int ranks)
    {
        var sum = 0L;
        for (var i = rank; i < Draws; i += ranks)
            sum += (long)(Draw(param, seed, i) % Values);
        return sum;
    }

    /// <summary>Returns the value of the sum of all parts, which does not depend on the number of ranks.</summary>
    public static int ValueOf(long sum) => (int)(sum % Values);

    /// <summary>Computes the value together with the other ranks.</summary>
    public static int Run(ICommunicator ranks, long param, long seed)
    {
        long[] shared = [seed];
        ranks.Broadcast<long>(shared);
        long[] sum = [PartOf(param, shared[0], ranks.Rank, ranks.Size)];
        ranks.AllReduce<long>(sum, sum, ReduceOperation.Sum);
        return ValueOf(sum[0]);
    }

    /// <summary>Returns 64 bits that depend on every bit of the arguments: two rounds of SplitMix64.</summary>
    private static ulong Draw(long param, long seed, int number) =>
        Mix(Mix((ulong)param + (0x9E3779B97F4A7C15UL * (ulong)number)) ^ (ulong)seed);

    private static ulong Mix(ulong bits)
    {
        bits += 0x9E3779B97F4A7C15UL;
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9UL;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBUL;
        return bits ^ (bits >> 31);
    }
}
