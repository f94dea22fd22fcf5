namespace Headrace.Mpi;

/// <summary>
/// Checks the lengths of the parts and of the whole, so that all communicators accept the same lengths.
/// </summary>
internal static class PartLengths
{
    public static void RequireEven(int all, int part, int ranks)
    {
        if (all != (long)part * ranks)
            throw new ArgumentException(
                $"The whole array has {all} elements, but {ranks} parts of {part} elements add up to "
                    + $"{(long)part * ranks}."
            );
    }

    public static void RequireCounts(int all, ReadOnlySpan<int> counts, int ownPart, int rank, int ranks)
    {
        if (counts.Length != ranks)
            throw new ArgumentException($"{counts.Length} counts were passed. Pass one for each of the {ranks} ranks.");
        var sum = 0L;
        foreach (var count in counts)
        {
            if (count < 0)
                throw new ArgumentException($"A count is {count}. Use 0 or more.");
            sum += count;
        }
        if (sum != all)
            throw new ArgumentException($"The counts add up to {sum}, but the whole array has {all} elements.");
        if (counts[rank] != ownPart)
            throw new ArgumentException(
                $"The part of rank {rank} has {ownPart} elements, but its count is {counts[rank]}."
            );
    }

    public static void RequireSame(int values, int results)
    {
        if (values != results)
            throw new ArgumentException($"{values} values were passed, but there is room for {results} results.");
    }
}
