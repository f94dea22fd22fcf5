using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Headrace.Client;

namespace Headrace.Bench.Chaos;

/// <summary>
/// A job generated from a seed and a number, with its submission and its expected result. The expected result is
/// computed without server code.
/// </summary>
internal sealed record LoadJob(long Number, string Method, byte[] Body, int Iterations)
{
    /// <summary>
    /// Cumulative percentages of jobs with at most the given number of iterations. Most jobs take less than a
    /// millisecond. The longest jobs take about 0.2 s, so that faults can interrupt them. On average, a job takes 5 ms
    /// of hashing.
    /// </summary>
    private static readonly (int Percent, int Iterations)[] Mix =
    [
        (30, 0),
        (60, 1),
        (80, 100),
        (90, 5_000),
        (97, 50_000),
        (100, 200_000),
    ];

    public static LoadJob Of(int seed, long number)
    {
        var random = new Random(HashCode(seed, number));
        var drawn = random.Next(100);
        var iterations = Mix.First(part => drawn < part.Percent).Iterations;
        // The text makes every body unique, so that a job that returns another job's result is detected.
        var body = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{seed}/{number}/{new string('.', random.Next(400))}")
        );
        return new LoadJob(number, iterations == 0 ? "noop" : "sha512", body, iterations);
    }

    /// <summary>The expected result in hexadecimal.</summary>
    public string Expected => Convert.ToHexStringLower(Method == "noop" ? Body : Encoding.ASCII.GetBytes(Digest()));

    public JobRequest ToSubmission(int seed)
    {
        var job = new JobRequest(Method)
        {
            Body = Body,
            IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"chaos-{seed}-{Number}"),
        };
        return Method == "noop"
            ? job
            : job with
            {
                Arguments = new Dictionary<string, string>
                {
                    ["iterations"] = Iterations.ToString(CultureInfo.InvariantCulture),
                },
            };
    }

    private string Digest()
    {
        var digest = SHA512.HashData(Body);
        for (var i = 1; i < Iterations; i++)
            digest = SHA512.HashData(digest);
        return Convert.ToHexStringLower(digest);
    }

    /// <summary>Returns the same value in every process, unlike <c>string.GetHashCode</c>.</summary>
    private static int HashCode(int seed, long number) =>
        unchecked((int)((((ulong)(uint)seed << 32) + (ulong)number) * 0x9E3779B97F4A7C15UL >> 33));
}
