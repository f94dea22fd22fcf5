using System.Globalization;
using Headrace.Protocol.Json;
using Headrace.Server.Pools;

namespace Headrace.Cli.Settings;

/// <summary>
/// Parses pools written on one line: <c>NAME methods=sha512,noop min=0 max=3 up_after=15s idle_after=10m; …</c>, or
/// with <c>command=PROGRAM,ARG,…</c> instead of methods. The server validates names and numbers. Arguments that contain
/// a space, a comma or a semicolon, environment variables and the working folder of a command can be set only in a
/// file.
/// </summary>
internal static class PoolText
{
    public const string Shape =
        "NAME methods=M1,M2 min=0 max=3 up_after=15s idle_after=10m, with semicolons between pools; "
        + "command=PROGRAM,ARG instead of methods runs a worker program of your own";

    /// <summary>Parses the pools. Adds an error for each invalid word.</summary>
    public static IReadOnlyList<PoolOptions> Read(string text, List<string> errors)
    {
        var pools = new List<PoolOptions>();
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var pool = new PoolOptions { Name = words[0] };
            foreach (var word in words.Skip(1))
                if (With(pool, word) is { } changed)
                    pool = changed;
                else
                    errors.Add($"Pool '{pool.Name}' has the invalid setting '{word}'. Use {Shape}.");
            pools.Add(pool);
        }
        return pools;
    }

    public static string Write(IReadOnlyList<PoolOptions> pools) => string.Join("; ", pools.Select(Write));

    private static string Write(PoolOptions pool)
    {
        var words = new List<string> { pool.Name };
        if (pool.Methods.Count > 0)
            words.Add($"methods={string.Join(',', pool.Methods)}");
        if (pool.Command is { } command)
            words.Add($"command={string.Join(',', [command.Program, .. command.Args])}");
        words.Add(string.Create(CultureInfo.InvariantCulture, $"min={pool.Min} max={pool.Max}"));
        if (pool.UpAfter is { } up)
            words.Add($"up_after={DurationText.ToText(up)}");
        if (pool.IdleAfter is { } idle)
            words.Add($"idle_after={DurationText.ToText(idle)}");
        return string.Join(' ', words);
    }

    private static PoolOptions? With(PoolOptions pool, string word) =>
        word.Split('=', 2) is not [var name, var value]
            ? null
            : name switch
            {
                "methods" => pool with { Methods = value.Split(',') },
                "command" => pool with { Command = Command(value.Split(',')) },
                "min" when Number(value) is { } min => pool with { Min = min },
                "max" when Number(value) is { } max => pool with { Max = max },
                "up_after" when DurationText.TryParse(value, out var after) => pool with { UpAfter = after },
                "idle_after" when DurationText.TryParse(value, out var after) => pool with { IdleAfter = after },
                _ => null,
            };

    private static PoolCommand Command(string[] words) => new() { Program = words[0], Args = words[1..] };

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
