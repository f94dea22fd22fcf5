using System.Globalization;
using Headrace.Server.Hosting;
using Headrace.Server.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Bench.Speed;

/// <summary>
/// Measures how long each kind of credential takes to check by itself, without HTTP, using servers that run in this
/// process.
/// </summary>
internal static class CredentialChecks
{
    private const int Checks = 200_000;
    private const int FirstChecks = 500;

    /// <summary>Returns the times as text.</summary>
    public static async Task<string> MeasureAsync(CancellationToken stop)
    {
        var known = new List<string>();
        var first = new List<string>();
        foreach (var algorithm in Enum.GetValues<TokenAlgorithm>())
        {
            var folder = Directory.CreateTempSubdirectory("headrace-bench-");
            try
            {
                await using var server = await HeadraceServer.StartAsync(
                    new ServerOptions
                    {
                        Data = folder.FullName,
                        Port = 0,
                        Workers = 0,
                        Store = StoreKind.Memory,
                        TokenAlgorithm = algorithm,
                    },
                    new ServerDependencies { WritesRunningServer = false },
                    stop
                );
                var accounts = await BenchAccounts.AddAsync(server.Ready.Url, server.Ready.Key!, stop);
                var authenticator = server.Services.GetRequiredService<Authenticator>();
                if (algorithm == TokenAlgorithm.HS256)
                    foreach (
                        var (name, credential) in ((string, string)[])
                            [("admin key", server.Ready.Key!), ("API key", accounts.Key), ("token", accounts.Token)]
                    )
                    {
                        await authenticator.VerifyAsync(Request(credential));
                        known.Add($"{name} {Text(MicrosOf(authenticator, Request(credential)))}");
                    }
                var issuer = server.Services.GetRequiredService<LoginTokens>();
                first.Add($"{algorithm} {Text(await FirstMicrosAsync(authenticator, issuer, stop))}");
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
        return $"The check alone takes, in µs: {string.Join(", ", known)}. The first request with a token also "
            + $"verifies its signature, and takes: {string.Join(", ", first)}.";
    }

    private static double MicrosOf(Authenticator authenticator, HttpRequest request)
    {
        for (var warmUp = 0; warmUp < 2; warmUp++)
            Run();
        var began = TimeProvider.System.GetTimestamp();
        Run();
        return TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / Checks;

        void Run()
        {
            for (var i = 0; i < Checks; i++)
                if (authenticator.Check(request).Caller is null)
                    throw new InvalidOperationException("The credential was rejected.");
        }
    }

    /// <summary>
    /// Verifies tokens that the server has not seen before. The server rejects these tokens, because their logins do
    /// not exist. This is the last check that it performs.
    /// </summary>
    private static async Task<double> FirstMicrosAsync(
        Authenticator authenticator,
        LoginTokens issuer,
        CancellationToken stop
    )
    {
        var requests = new List<HttpRequest>();
        for (var i = 0; i < 2 * FirstChecks; i++)
            requests.Add(
                Request((await issuer.IssueAsync("bench", i.ToString(CultureInfo.InvariantCulture), stop)).Token)
            );
        foreach (var request in requests.Take(FirstChecks))
            await authenticator.VerifyAsync(request);
        var began = TimeProvider.System.GetTimestamp();
        foreach (var request in requests.Skip(FirstChecks))
            await authenticator.VerifyAsync(request);
        return TimeProvider.System.GetElapsedTime(began).TotalMicroseconds / FirstChecks;
    }

    private static HttpRequest Request(string credential)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = $"Bearer {credential}";
        return context.Request;
    }

    private static string Text(double micros) => micros.ToString("0.0", CultureInfo.InvariantCulture);
}
