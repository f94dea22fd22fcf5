using System.Collections.Concurrent;
using System.Diagnostics;
using Headrace.Server.Hosting;
using Headrace.Server.Registry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Notes which routes of a server requests have reached. The framework reports every request of every server in this
/// process for which it has found a route.
/// </summary>
internal sealed class MatchedRoutes
    : IObserver<DiagnosticListener>,
        IObserver<KeyValuePair<string, object?>>,
        IDisposable
{
    private const string Matched = "Microsoft.AspNetCore.Routing.EndpointMatched";

    // The server creates its endpoints anew for each reader, so a route is identified by its method and pattern.
    private readonly ConcurrentDictionary<string, bool> _reached = new();
    private readonly ConcurrentBag<IDisposable> _subscriptions = [];

    private readonly HeadraceServer _server;

    public MatchedRoutes(HeadraceServer server)
    {
        _server = server;
        _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
    }

    /// <summary>Returns the routes that no request has reached.</summary>
    public IEnumerable<string> Missing() => _server.Routes.Select(NameOf).Where(name => !_reached.ContainsKey(name));

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.AspNetCore")
            _subscriptions.Add(value.Subscribe(this, name => name == Matched));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (
            value is { Key: Matched, Value: HttpContext context }
            && context.GetEndpoint() is RouteEndpoint endpoint
            && ReferenceEquals(context.RequestServices.GetService<IRegistry>(), _server.Registry)
        )
            _reached[NameOf(endpoint)] = true;
    }

    private static string NameOf(RouteEndpoint route) =>
        $"{route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods[0]} {route.RoutePattern.RawText}";

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }
}
