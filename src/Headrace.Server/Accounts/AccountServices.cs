using Headrace.Server.Security;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Accounts;

/// <summary>Registers the services and maps the routes for users, keys and logins.</summary>
internal static class AccountServices
{
    public static IServiceCollection AddAccounts(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>().AddSingleton<AccountRemoval>().AddSingleton<LastAdmin>();
        services.AddSingleton<PasswordCheck>().AddSingleton<SessionTokens>();
        services.AddSingleton<KeyRoutes>().AddSingleton<UserRoutes>().AddSingleton<PasswordRoutes>();
        services.AddSingleton<LoginRoutes>().AddSingleton<AuditRoutes>().AddSingleton<BrowserSessionRoutes>();
        services.AddHostedService<KeyUse>(service => service.GetRequiredService<KeyUse>());
        return services.AddHostedService<AccountMaintenance>();
    }

    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapCaller();
        Part<LoginRoutes>().Map(app);
        Part<UserRoutes>().Map(app);
        Part<PasswordRoutes>().Map(app);
        Part<KeyRoutes>().Map(app);
        Part<AuditRoutes>().Map(app);
        Part<BrowserSessionRoutes>().Map(app);

        T Part<T>()
            where T : notnull => app.ServiceProvider.GetRequiredService<T>();
    }
}
