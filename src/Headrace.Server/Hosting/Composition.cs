using System.Net;
using Headrace.Server.Http;
using Headrace.Server.Registry;
using Headrace.Server.Security;
using Headrace.Server.Telemetry;
using Headrace.Server.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Builds the HTTP host: its endpoints, authentication, authorization and routes.</summary>
internal static class Composition
{
    public static WebApplication Build(
        ServerOptions options,
        string socket,
        long connections,
        Action<ILoggingBuilder> logging,
        Action<IServiceCollection> parts
    )
    {
        // The empty builder is used because the other builders read ASPNETCORE_ environment variables, read
        // appsettings.json from the current folder, and watch that folder for changes.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "headrace", ContentRootPath = AppContext.BaseDirectory }
        );
        logging(builder.Logging);
        WebApplication? app = null;
        var network = NetworkListener.Of(
            options.Network,
            options.Data,
            TimeProvider.System,
            () => app!.Services.GetRequiredService<ILogger<TlsCertificate>>()
        );
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                RequestLimits.Apply(kestrel.Limits);
                kestrel.Limits.MaxRequestBodySize = BodyLimit.Default;
                kestrel.Limits.MaxConcurrentConnections = connections;
                kestrel.ListenUnixSocket(socket, Plain);
                kestrel.Listen(IPAddress.Loopback, options.Port, Plain);
                network?.Listen(kestrel);
            });
        // For each endpoint, Kestrel uses the most recently registered transport that can bind it.
        builder.Services.AddSingleton<LocalSocketTransport>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services =>
            ActivatorUtilities.CreateInstance<BoundedTransport>(services, connections)
        );
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        // The process handles signals itself, so the host must not handle them.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, NetworkBuffers>();
        builder.Services.AddSingleton(new HostNames([.. network?.Names ?? [], .. options.HostNames]));
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(new SecurityOptions { TokenAlgorithm = options.TokenAlgorithm });
        if (options.Oidc is { } provider)
            builder.Services.AddSingleton(provider).AddSingleton<ITokenIssuer, OidcTokens>();
        builder.Services.AddRegistry();
        builder.Services.AddSecurity();
        if (options.RequestLog)
            builder
                .Services.AddSingleton(service => new RequestLog(
                    Path.GetFullPath(options.Data),
                    service.GetRequiredService<TimeProvider>(),
                    service.GetRequiredService<ILogger<RequestLog>>()
                ))
                .AddSingleton<IStartupFilter, RequestLogFilter>()
                .AddHostedService(service => service.GetRequiredService<RequestLog>());
        builder.Services.AddTelemetry(options.Telemetry, builder.Configuration);
        builder.Services.AddFront();
        builder.Services.AddSingleton<ExchangeHandler>().AddSingleton<ChildSubmissions>();
        parts(builder.Services);

        app = builder.Build();
        app.UseMiddleware<CallerShortcut>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapExchange();
        app.MapChildren();
        app.MapFront();
        return app;
    }

    /// <summary>Uses HTTP/1.1 without TLS. In measurements, HTTP/2 was no faster.</summary>
    private static void Plain(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
