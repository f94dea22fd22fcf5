using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Headrace.Server.Http.Describing;

/// <summary>
/// Completes the OpenAPI document from the route descriptions, because the framework cannot inspect a handler that
/// reads the request itself.
/// </summary>
internal static class OpenApiDescriber
{
    public static void Configure(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info = new OpenApiInfo
                {
                    Title = "Headrace",
                    Version = "v1",
                    Description =
                        "A durable job queue over HTTP. Errors are application/problem+json; the type of an error is "
                        + "the path of a page on this server that explains it.",
                };
                document.Servers = [];
                document.AddComponent(
                    "key",
                    new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http,
                        Scheme = "bearer",
                        Description = "The admin key, or another key of this server",
                    }
                );
                return Task.CompletedTask;
            }
        );
        options.AddOperationTransformer(DescribeAsync);
    }

    private static async Task DescribeAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        if (
            context.Description.ActionDescriptor.EndpointMetadata.OfType<RouteDescription>().FirstOrDefault()
            is not { } note
        )
            return;
        operation.Parameters = [.. note.Parameters.Select(Parameter)];
        if (note.Access != AccessLevel.Public)
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", context.Document)] = [] },
            ];
        if (note.Bodies.Count > 0)
            operation.RequestBody = await BodyAsync(note, context, cancellationToken);
        foreach (var reply in note.Replies)
            if (operation.Responses?.TryGetValue(Code(reply.Status), out var response) == true)
                Describe((OpenApiResponse)response, reply);
        foreach (var problems in note.Problems.Concat(RouteDescription.Everywhere).GroupBy(kind => kind.Status))
            if (operation.Responses?.TryGetValue(Code(problems.Key), out var response) == true)
                ((OpenApiResponse)response).Description = string.Join(
                    "; or ",
                    problems.Select(kind => $"{kind.Name}: {kind.Title}")
                );
    }

    private static OpenApiParameter Parameter(ParameterDescription note) =>
        new()
        {
            Name = note.Name,
            In = note.Source switch
            {
                ParameterSource.Path => ParameterLocation.Path,
                ParameterSource.Query => ParameterLocation.Query,
                _ => ParameterLocation.Header,
            },
            Required = note.Required,
            Description = note.Description,
            Schema = note is IntegerParameter number
                ? new OpenApiSchema
                {
                    Type = JsonSchemaType.Integer,
                    Minimum = Code(number.Minimum),
                    Maximum = Code(number.Maximum),
                    Default = number.Default,
                }
                : new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static async Task<OpenApiRequestBody> BodyAsync(
        RouteDescription note,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var body = new OpenApiRequestBody
        {
            Required = true,
            Content = new Dictionary<string, OpenApiMediaType>(),
            Description = string.Join(". ", note.Bodies.Select(b => $"{b.ContentType}: {b.Description}")),
        };
        foreach (var form in note.Bodies)
        {
            var schema = form.Type is null ? Bytes() : await ReferenceAsync(form.Type, context, cancellationToken);
            body.Content.Add(form.ContentType, new OpenApiMediaType { Schema = schema });
        }
        return body;
    }

    private static async Task<IOpenApiSchema> ReferenceAsync(
        Type type,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        context.Document!.AddComponent(type.Name, await context.GetOrCreateSchemaAsync(type, null, cancellationToken));
        return new OpenApiSchemaReference(type.Name, context.Document);
    }

    private static void Describe(OpenApiResponse response, ReplyDescription reply)
    {
        response.Description = reply.Description;
        if (reply.Type is null)
            response.Content = new Dictionary<string, OpenApiMediaType>
            {
                [reply.ContentType] = new() { Schema = Bytes() },
            };
    }

    private static OpenApiSchema Bytes() => new() { Type = JsonSchemaType.String, Format = "binary" };

    private static string Code(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
