using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Headrace.Tests.Server.Fuzz;

/// <summary>
/// Counts the requests that reached each route of a server. The framework reports every request for which it has found
/// a route.
/// </summary>
internal sealed class MatchedRoutes
    : IObserver<DiagnosticListener>,
        IObserver<KeyValuePair<string, object?>>,
        IDisposable
{
    private const string Matched = "Microsoft.AspNetCore.Routing.EndpointMatched";

    private readonly ConcurrentDictionary<Endpoint, int> _counts = new();
    private readonly ConcurrentBag<IDisposable> _subscriptions = [];

    public MatchedRoutes() => _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <summary>Returns the routes that no request has reached.</summary>
    public IEnumerable<string> Missing(IEnumerable<RouteEndpoint> routes) =>
        routes.Where(route => !_counts.ContainsKey(route)).Select(route => route.DisplayName ?? $"{route}");

    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == "Microsoft.AspNetCore")
            _subscriptions.Add(value.Subscribe(this, name => name == Matched));
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: Matched, Value: HttpContext context } && context.GetEndpoint() is { } endpoint)
            _counts.AddOrUpdate(endpoint, 1, (_, count) => count + 1);
    }

    public void OnCompleted() { }

    public void OnError(Exception error) { }

    public void Dispose()
    {
        foreach (var subscription in _subscriptions)
            subscription.Dispose();
    }
}
