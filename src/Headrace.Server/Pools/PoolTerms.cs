using Headrace.Core;
using Headrace.Core.Scaling;
using Headrace.Protocol.Json;

namespace Headrace.Server.Pools;

/// <summary>
/// A pool as it was asked for: <c>NAME methods=sha512,noop min=0 max=3 up_after=15s idle_after=10m</c>. Without methods
/// its workers offer all they have.
/// </summary>
internal sealed record PoolTerms(string Name, IReadOnlyList<string> Methods, ScalingPolicy Policy)
{
    /// <summary>The pool of a server that was told a number of workers and nothing else.</summary>
    public const string Local = "local";

    public const string Words =
        "NAME methods=M1,M2 min=0 max=3 up_after=15s idle_after=10m; the next after a semicolon";

    /// <summary>As many names with the longest host and a number fit into a worker's name.</summary>
    private const int LongestName = 28;

    /// <summary>Processes of a pool at most; a larger number is a mistake on one machine.</summary>
    private const int MostWorkers = 1_000;

    public static PoolTerms Fixed(int workers) => new(Local, [], new ScalingPolicy { Min = workers, Max = workers });

    /// <summary>Reads pools; faults are added, each naming value and remedy.</summary>
    public static IReadOnlyList<PoolTerms> Read(string text, ScalingPolicy defaults, List<string> faults)
    {
        var pools = new List<PoolTerms>();
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var pool = new PoolTerms(words[0], [], defaults);
            if (!QueueName.TryParse(pool.Name, out _) || pool.Name.Length > LongestName)
                faults.Add(
                    $"'{pool.Name}' is no name of a pool: {NameShape.Words}, and at most {LongestName} of them."
                );
            if (pools.Any(other => other.Name == pool.Name))
                faults.Add($"The pool '{pool.Name}' is named twice.");
            foreach (var word in words.Skip(1))
                pool = pool.With(word, faults);
            if (pool.Policy.Max < pool.Policy.Min)
                faults.Add(
                    $"The pool '{pool.Name}' has min={pool.Policy.Min} and max={pool.Policy.Max}: give a max of at least min."
                );
            pools.Add(pool);
        }
        if (pools.Count == 0)
            faults.Add($"'{text}' names no pool. Give {Words}.");
        return pools;
    }

    /// <summary>Workers that it always has.</summary>
    public int Least => Policy.Min;

    public override string ToString() =>
        $"{Name}: {Policy.Min} to {Policy.Max} workers, one more when work has waited {DurationText.Write(Policy.UpAfter)}";

    private PoolTerms With(string word, List<string> faults)
    {
        if (word.Split('=', 2) is [var name, var value])
        {
            switch (name)
            {
                case "methods"
                    when value.Split(',') is var methods
                        && methods.All(method => MethodRef.TryParse(method, out var parsed) && parsed.Version == 0):
                    return this with { Methods = methods };
                case "min" when Number(value) is { } min:
                    return this with { Policy = Policy with { Min = min } };
                case "max" when Number(value) is { } max:
                    return this with { Policy = Policy with { Max = max } };
                case "up_after" when DurationText.TryParse(value, out var after):
                    return this with { Policy = Policy with { UpAfter = after } };
                case "idle_after" when DurationText.TryParse(value, out var after) && after > TimeSpan.Zero:
                    return this with { Policy = Policy with { IdleAfter = after } };
            }
        }
        faults.Add(
            $"'{word}' of the pool '{Name}' cannot be read. Give {Words}; numbers up to {MostWorkers}, durations as 15s or 10m."
        );
        return this;
    }

    private static int? Number(string text) =>
        int.TryParse(
            text,
            System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture,
            out var number
        )
        && number <= MostWorkers
            ? number
            : null;
}
