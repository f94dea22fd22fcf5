using System.Net;
using Headrace.Server.Http;
using Headrace.Server.Security;
using Headrace.Server.Workers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headrace.Server.Hosting;

/// <summary>Puts the HTTP side together: what listens, who may pass, which routes there are.</summary>
internal static class Composition
{
    public static WebApplication Build(
        ServerOptions options,
        string socket,
        Action<ILoggingBuilder> logging,
        Action<IServiceCollection> parts
    )
    {
        // The empty builder, because the others read appsettings.json and ASPNETCORE_ variables of whatever folder and
        // shell they are started in, and watch that folder.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ApplicationName = "headrace", ContentRootPath = AppContext.BaseDirectory }
        );
        logging(builder.Logging);
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = BodyLimit.Default;
                kestrel.ListenUnixSocket(socket, Plain);
                kestrel.Listen(IPAddress.Loopback, options.Port, Plain);
            });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        // The process's signals belong to whoever runs the server, not to this host.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, NetworkBuffers>();
        builder.Services.AddRoutingCore();
        builder.Services.AddSecurity();
        builder.Services.AddFront();
        builder.Services.AddSingleton<ExchangeHandler>();
        parts(builder.Services);

        var app = builder.Build();
        app.UseMiddleware<AdminShortcut>();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealth();
        app.MapExchange();
        app.MapFront();
        return app;
    }

    /// <summary>HTTP/1.1 in clear: HTTP/2 was measured and gained nothing.</summary>
    private static void Plain(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
