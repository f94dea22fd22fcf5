using System.Text.Json.Serialization;
using Headrace.Protocol.Json;
using Headrace.Server.Accounts;
using Headrace.Server.Bridges;
using Headrace.Server.Compat;
using Headrace.Server.Events;
using Headrace.Server.Feeds;
using Headrace.Server.Http;
using Headrace.Server.Http.Describing;
using Headrace.Server.Intake;
using Headrace.Server.Intake.Batches;
using Headrace.Server.Jobs;
using Headrace.Server.Messages;
using Headrace.Server.Pools;
using Headrace.Server.Queues;
using Headrace.Server.Results;
using Headrace.Server.Shards;
using Headrace.Server.Sweeps;
using Headrace.Server.Telemetry;
using Headrace.Server.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Headrace.Server.Hosting;

/// <summary>
/// Registers and maps every public route except health and the worker exchange. The caller registers the mailbox, the
/// job store, the options and the time provider.
/// </summary>
internal static class FrontRoutes
{
    public static IServiceCollection AddFront(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, HeadraceJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(1, HostingJson.Default);
            json.SerializerOptions.TypeInfoResolverChain.Insert(2, CompatJson.Default);
            // Without this setting, the OpenAPI document describes every number as either a number or a string.
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(OpenApiDescriber.Configure);
        services.AddSingleton<IStartupFilter, ProblemDetailsStartupFilter>();
        services.AddSingleton<ParamsValidator>().AddSingleton<StoredSchemas>();
        services.AddSingleton<BodyBudget>(_ => new BodyBudget());
        services.AddSingleton(service => new ReplyBudget(service.GetRequiredService<TimeProvider>()));
        services.AddSingleton(service => new SmallJobsFirst(service.GetRequiredService<ServerOptions>().SmallFirst));
        services
            .AddSingleton<MethodSchemas>()
            .AddSingleton<FullQueueWait>()
            .AddSingleton<Admission>()
            .AddSingleton<IAdmission>(service => service.GetRequiredService<Admission>())
            .AddSingleton<IChildReader, ChildReader>()
            .AddSingleton<JobFinder>()
            .AddSingleton<JobPayloads>();
        services.AddSingleton<SubmitRoutes>().AddSingleton<BatchRoutes>().AddSingleton<RetryRoutes>();
        services
            .AddSingleton<JobRoutes>()
            .AddSingleton<PayloadRoutes>()
            .AddSingleton<HistoryRoutes>()
            .AddSingleton<ListRoutes>()
            .AddSingleton<FailureRoutes>();
        services.AddSingleton<MatchCount>().AddSingleton<SweepLoop>().AddSingleton<SweepRoutes>();
        services.AddHostedService(service => service.GetRequiredService<SweepLoop>());
        services.AddSingleton<QueueRoutes>().AddSingleton<MethodRoutes>().AddSingleton<WorkerRoutes>();
        services.AddSingleton<PoolRoutes>().AddSingleton<WorkerLogRoutes>();
        services.AddAccounts();
        services.AddQueues();
        services
            .AddSingleton<EventHub>()
            .AddSingleton<IEffectObserver>(service => service.GetRequiredService<EventHub>())
            .AddSingleton<EventRoutes>();
        services.AddFeeds();
        services.AddSingleton<MessageRoutes>();
        services.AddBridges();
        services.AddSingleton(service => service.GetRequiredService<ServerOptions>().Webhooks).AddWebhooks();
        services
            .AddSingleton<Seed001Routes>()
            .AddSingleton<Seed004Jobs>()
            .AddSingleton<Seed004Cells>()
            .AddSingleton<Seed004ProblemRoutes>()
            .AddSingleton<Seed004ServiceRoutes>();
        return services;
    }

    public static void MapFront(this IEndpointRouteBuilder app)
    {
        IndexPage.Map(app);
        Part<SubmitRoutes>().Map(app);
        Part<BatchRoutes>().Map(app);
        Part<RetryRoutes>().Map(app);
        Part<JobRoutes>().Map(app);
        Part<PayloadRoutes>().Map(app);
        Part<HistoryRoutes>().Map(app);
        Part<ListRoutes>().Map(app);
        Part<FailureRoutes>().Map(app);
        Part<SweepRoutes>().Map(app);
        Part<QueueRoutes>().Map(app);
        Part<MethodRoutes>().Map(app);
        Part<WorkerRoutes>().Map(app);
        Part<PoolRoutes>().Map(app);
        Part<WorkerLogRoutes>().Map(app);
        app.MapAccounts();
        app.MapQueues();
        Part<MetricsRoute>().Map(app);
        Part<EventRoutes>().Map(app);
        app.MapFeeds();
        Part<MessageRoutes>().Map(app);
        app.MapBridges();
        app.MapWebhooks();
        var demo = app.ServiceProvider.GetRequiredService<ServerOptions>().Demo;
        if (demo.HasFlag(DemoSystems.Seed001))
            Part<Seed001Routes>().Map(app);
        if (demo.HasFlag(DemoSystems.Seed004))
        {
            Part<Seed004ProblemRoutes>().Map(app);
            Part<Seed004ServiceRoutes>().Map(app);
        }
        ProblemRoutes.Map(app);
        app.MapReference();
        app.MapOpenApi("/openapi.json")
            .WithName("getApiDescription")
            .WithSummary("Read the OpenAPI document of this API")
            .WithTags("about")
            .WithAccess(AccessLevel.Public);

        T Part<T>()
            where T : notnull => app.ServiceProvider.GetRequiredService<T>();
    }
}
