using System.Text.Json;
using Headrace.Server.Hosting;
using Xunit;

namespace Headrace.Tests.Server.Compat;

/// <summary>A server with the routes of seed system 004, and workers that offer two pricing methods.</summary>
public sealed class Seed004Scene : FrontScene, IAsyncLifetime
{
    internal FrontWorker Cos { get; private set; } = null!;

    internal FrontWorker Closed { get; private set; } = null!;

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        Cos = await JoinAsync("benchop.cos");
        Closed = await JoinAsync("benchop.closed");
    }

    private protected override ServerOptions Options(ServerOptions options) =>
        options with
        {
            Demo = DemoSystems.Seed004,
        };

    /// <summary>A result in the form that the pricing methods return.</summary>
    internal static string Answer(double[] values, double error, double wall) =>
        FormattableString.Invariant(
            $$$"""
            {"cell":{"problem":"1a-I","method":"cos","values":[{{{string.Join(',', values)}}}],"error":{{{error}}},
            "met":true,"timing":{"cpuMicroseconds":1,"wallMicroseconds":{{{wall}}},"halfWidth":0.01,"batches":3,
            "calls":3,"steady":true}},"spots":[],"secondSpots":[],"reference":[],"remarks":[]}
            """
        );

    internal static (int Done, int Jobs) Progress(JsonElement reply) =>
        (reply.GetProperty("done").GetInt32(), reply.GetProperty("jobs").GetInt32());

    /// <summary>Returns the names in a list of workers.</summary>
    internal static List<string> Names(JsonElement reply) =>
        [
            .. reply
                .GetProperty("workers")
                .EnumerateArray()
                .Select(worker => worker.GetProperty("name").GetString() ?? ""),
        ];

    internal static List<string> Texts(JsonElement reply, string member) =>
        [.. reply.GetProperty(member).EnumerateArray().Select(text => text.GetString() ?? "")];

    internal static List<double?> Numbers(JsonElement reply, string member) =>
        [
            .. reply
                .GetProperty(member)
                .EnumerateArray()
                .Select(number => number.ValueKind == JsonValueKind.Null ? null : (double?)number.GetDouble()),
        ];
}
