using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Headrace.Server.Http;

/// <summary>
/// A short page of headings, paragraphs and listings. It is sent as plain text, or as HTML if the Accept header prefers
/// HTML.
/// </summary>
internal sealed class TextPage(string title) : IResult
{
    private enum Kind
    {
        Heading,
        Paragraph,
        Listing,
    }

    private const string Style =
        ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem "
        + "auto;padding:0 1rem}pre{overflow-x:auto}";

    /// <summary>
    /// Allows only the inline styles of the page: no scripts, no other files, and no embedding in a frame.
    /// </summary>
    private static readonly string Policy =
        $"default-src 'none'; style-src 'sha256-{StyleHash()}'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    private readonly List<(Kind Kind, string Text)> _parts = [];

    public TextPage Heading(string text) => Add(Kind.Heading, text);

    public TextPage Paragraph(string text) => Add(Kind.Paragraph, text);

    /// <summary>Adds lines that are shown unchanged, such as commands and tables.</summary>
    public TextPage Listing(IEnumerable<string> lines) => Add(Kind.Listing, string.Join('\n', lines));

    public Task ExecuteAsync(HttpContext httpContext)
    {
        var html = PrefersHtml(httpContext.Request);
        var bytes = Encoding.UTF8.GetBytes(html ? Html() : Text());
        var response = httpContext.Response;
        response.ContentType = html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        response.ContentLength = bytes.Length;
        response.Headers.Vary = HeaderNames.Accept;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
        return response.Body.WriteAsync(bytes, httpContext.RequestAborted).AsTask();
    }

    private static string StyleHash() => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)));

    private TextPage Add(Kind kind, string text)
    {
        _parts.Add((kind, text));
        return this;
    }

    /// <summary>Browsers list HTML first; curl sends */* and gets plain text.</summary>
    private static bool PrefersHtml(HttpRequest request) =>
        request.GetTypedHeaders().Accept is { Count: > 0 } accepted
        && accepted
            .OrderByDescending(a => a.Quality ?? 1)
            .First()
            .MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase);

    private string Text()
    {
        var text = new StringBuilder(title).Append('\n').Append('=', title.Length).Append('\n');
        foreach (var (kind, part) in _parts)
        {
            text.Append('\n');
            if (kind == Kind.Heading)
                text.Append(part).Append('\n').Append('-', part.Length).Append('\n');
            else if (kind == Kind.Paragraph)
                text.Append(part).Append('\n');
            else
                foreach (var line in part.Split('\n'))
                    text.Append(line.Length == 0 ? "" : "  ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    private string Html()
    {
        var encode = HtmlEncoder.Default;
        var html = new StringBuilder(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" "
                + "content=\"width=device-width\"><title>"
        )
            .Append(encode.Encode(title))
            .Append("</title><style>")
            .Append(Style)
            .Append("</style><h1>")
            .Append(encode.Encode(title))
            .Append("</h1>");
        foreach (var (kind, part) in _parts)
        {
            var tag = kind switch
            {
                Kind.Heading => "h2",
                Kind.Paragraph => "p",
                _ => "pre",
            };
            html.Append('<').Append(tag).Append('>').Append(encode.Encode(part)).Append("</").Append(tag).Append('>');
        }
        return html.Append("</html>\n").ToString();
    }
}
